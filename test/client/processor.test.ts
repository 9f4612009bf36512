import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  type ChangeFeedProcessor,
  createChangeFeedProcessor,
} from "../../client/change-feed-processor.ts";
import { listPhysicalPartitions } from "../../client/feed-range.ts";
import type { Lease } from "../../client/processor/lease.ts";
import type { ChangeFeedProcessorOptions, ChangesHandler } from "../../client/processor/options.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import {
  type Account,
  createAccount,
  openAccount,
  splitInto,
  startServer,
} from "./embedded-account.ts";
import { eventually } from "./eventually.ts";
import { createFaultyTransport, isItemWrite } from "./faulty-transport.ts";

let server: CosmosServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.close();
});

/** Fast, yet with an expiry that a busy machine does not reach by being slow. */
const TIMINGS = {
  feedPollDelayMs: 10,
  leaseAcquireIntervalMs: 50,
  leaseRenewIntervalMs: 300,
  leaseExpirationIntervalMs: 2_000,
  bootstrapWaitMs: 20,
};

const PROJECTS = 24;

const newAccount = async (partitions: number): Promise<Account> => {
  const account = await createAccount(server, partitions);
  onTestFinished(() => account.client.dispose());
  return account;
};

/** One instance, and what its handler was given: ids in order. */
type Instance = {
  readonly processor: ChangeFeedProcessor;
  readonly handled: string[];
  readonly errors: string[];
};

const createInstance = (
  account: Account,
  name: string,
  options: Partial<ChangeFeedProcessorOptions> = {},
): Instance => {
  const handled: string[] = [];
  const errors: string[] = [];
  const processor = createChangeFeedProcessor({
    items: account.items,
    leases: account.leases,
    accountEndpoint: account.settings.account.endpoint,
    instanceName: name,
    startFrom: "beginning",
    maxItemCount: 7,
    ...TIMINGS,
    events: { onError: (error, during) => errors.push(`${during}: ${error}`) },
    ...options,
    handler: async (changes, context) => {
      await options.handler?.(changes, context);
      handled.push(...changes.map(({ id }) => String(id)));
    },
  });
  return { processor, handled, errors };
};

const startInstance = async (...args: Parameters<typeof createInstance>): Promise<Instance> => {
  const instance = createInstance(...args);
  await instance.processor.start();
  onTestFinished(() => instance.processor.stop());
  return instance;
};

const insert = async (
  { items }: Account,
  from: number,
  count: number,
): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, i) => String(from + i));
  await Promise.all(
    Array.from({ length: PROJECTS }, async (_, project) => {
      for (const id of ids.filter((each) => Number(each) % PROJECTS === project)) {
        await items.items.create({ id, projectId: project + 1, type: "request" });
      }
    }),
  );
  return ids;
};

const leasesOf = async ({ leases }: Account): Promise<readonly Lease[]> => {
  const { resources } = await leases.items.readAll<Lease>().fetchAll();
  return resources.filter(({ LeaseToken }) => LeaseToken !== undefined);
};

const ownersOf = async (account: Account): Promise<Readonly<Record<string, number>>> => {
  const owners: Record<string, number> = {};
  for (const { Owner } of await leasesOf(account)) {
    owners[Owner ?? "nobody"] = (owners[Owner ?? "nobody"] ?? 0) + 1;
  }
  return owners;
};

const owns = async (account: Account, name: string, count: number): Promise<boolean> =>
  (await ownersOf(account))[name] === count;

const hasAll = (ids: readonly string[], ...instances: readonly Instance[]): boolean => {
  const handled = new Set(instances.flatMap((each) => each.handled));
  return ids.every((id) => handled.has(id));
};

/** The changes of each project came in the order of their ids, repetitions aside. */
const expectOrder = ({ handled }: Instance): void => {
  for (let project = 0; project < PROJECTS; project += 1) {
    const ids = [...new Set(handled.map(Number).filter((id) => id % PROJECTS === project))];
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  }
};

describe("change feed processor", () => {
  it("one instance handles every change once, in order per project", async () => {
    const account = await newAccount(3);
    const before = await insert(account, 0, 100);
    const instance = await startInstance(account, "a");
    const after = await insert(account, 100, 50);
    await eventually("all changes are handled", () => hasAll([...before, ...after], instance));
    expect(instance.handled).toHaveLength(150);
    expectOrder(instance);
  });

  it("leases have the ids and fields of the .NET SDK", async () => {
    const account = await newAccount(2);
    await insert(account, 0, 100);
    const { processor, handled } = createInstance(account, "a", { processorName: "p-" });
    await processor.start();
    await eventually("all changes are handled", () => handled.length === 100);
    await processor.stop();
    const { resource: database } = await account.items.database.read();
    const { resource: container } = await account.items.read();
    const prefix = `p-127.0.0.1_${database?._rid}_${container?._rid}`;
    const { resources } = await account.leases.items.readAll<Lease>().fetchAll();
    expect(resources.map(({ id }) => id).toSorted()).toEqual([
      `${prefix}..0`,
      `${prefix}..1`,
      `${prefix}.info`,
    ]);
    const [first] = await listPhysicalPartitions(account.items);
    expect(resources.find(({ id }) => id.endsWith("..0"))).toMatchObject({
      version: 0,
      LeaseToken: "0",
      FeedRange: { Range: first?.range },
      Owner: null,
      ContinuationToken: expect.stringMatching(/^"\d+"$/),
      properties: {},
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
      Mode: "Incremental Feed",
    });
  });

  it("two instances share the partitions evenly, and lose nothing while they do", async () => {
    const account = await newAccount(4);
    const a = await startInstance(account, "a");
    await eventually("a owns all", () => owns(account, "a", 4));
    const first = await insert(account, 0, 200);
    const b = await startInstance(account, "b");
    await eventually(
      "each owns two",
      async () => (await owns(account, "a", 2)) && (await owns(account, "b", 2)),
    );
    const second = await insert(account, 200, 100);
    await eventually("all are handled", () => hasAll([...first, ...second], a, b));
    expect(b.handled.length).toBeGreaterThan(0);
  });

  it("instances that start together create each lease once", async () => {
    const account = await newAccount(3);
    await Promise.all(["a", "b", "c"].map((name) => startInstance(account, name)));
    await eventually("each owns one", async () => {
      const owners = await ownersOf(account);
      return ["a", "b", "c"].every((name) => owners[name] === 1);
    });
    expect(await leasesOf(account)).toHaveLength(3);
  });

  it("an instance that stops releases its leases at once", async () => {
    const account = await newAccount(2);
    const ids = await insert(account, 0, 30);
    const { processor, handled } = createInstance(account, "a");
    await processor.start();
    await eventually("all are handled", () => handled.length === ids.length);
    await processor.stop();
    expect(await ownersOf(account)).toEqual({ nobody: 2 });
    const b = await startInstance(account, "b");
    const more = await insert(account, 30, 30);
    await eventually("b goes on", () => hasAll(more, b));
    expect(b.handled.toSorted()).toEqual(more.toSorted());
  });

  it("after a crash another instance takes over when the leases expire, and skips nothing", async () => {
    const account = await newAccount(2);
    let isCut = false;
    const transport = createFaultyTransport(() => (isCut ? { kind: "lost" } : undefined));
    const cut = openAccount(server, account.settings, transport);
    const a = createInstance(cut, "a", { feedPollDelayMs: 20 });
    await a.processor.start();
    const before = await insert(account, 0, 50);
    await eventually("a has begun", () => a.handled.length > 20);
    isCut = true;
    const b = await startInstance(account, "b");
    const after = await insert(account, 50, 50);
    await eventually("b owns all", () => owns(account, "b", 2));
    await eventually("all are handled", () => hasAll([...before, ...after], a, b));
    await a.processor.stop();
    cut.client.dispose();
    await transport.destroy();
    expectOrder(b);
  });

  it("an instance whose checkpoint fails for a moment keeps its lease, and repeats only that", async () => {
    const account = await newAccount(1);
    let isAway = false;
    const transport = createFaultyTransport(({ method }) =>
      isAway && method === "PUT" ? { kind: "lost" } : undefined,
    );
    const { items, leases, client } = openAccount(server, account.settings, transport);
    const acquired: string[] = [];
    let failures = 0;
    const instance = await startInstance({ ...account, items, leases }, "a", {
      leaseExpirationIntervalMs: 60_000,
      events: {
        onLeaseAcquired: (token) => acquired.push(token),
        onError: (_error, during) => {
          if (during === "process") failures += 1;
        },
      },
    });
    await eventually("it has the lease", () => acquired.length === 1);
    isAway = true;
    const ids = await insert(account, 0, 5);
    await eventually("its checkpoint fails", () => failures > 2);
    isAway = false;
    const more = await insert(account, 5, 5);
    await eventually("it goes on", () => hasAll(more, instance));
    expect(acquired).toEqual(["0"]);
    expect(instance.handled.toSorted()).toEqual([...ids, ...more].toSorted());
    await instance.processor.stop();
    client.dispose();
    await transport.destroy();
  });

  it("changes whose handler fails come again, before any later ones", async () => {
    const account = await newAccount(1);
    const ids = await insert(account, 0, 40);
    let failures = 0;
    const fails: ChangesHandler = (changes) => {
      if (failures < 2 && changes.some(({ id }) => id === "20")) {
        failures += 1;
        throw new Error("not now");
      }
    };
    const instance = await startInstance(account, "a", { handler: fails });
    await eventually("all are handled", () => hasAll(ids, instance));
    expect(instance.handled.toSorted()).toEqual(ids.toSorted());
    expect(instance.errors.filter((error) => error.startsWith("handle"))).toHaveLength(2);
  });

  it("as the trigger without a retry policy, a failed page is passed over", async () => {
    const account = await newAccount(1);
    await account.items.items.create({ id: "bad", projectId: 1 });
    const instance = await startInstance(account, "a", {
      failurePolicy: { kind: "checkpoint" },
      handler: (changes) => {
        if (changes.some(({ id }) => id === "bad")) throw new Error("no");
      },
    });
    await eventually("the page has failed", () => instance.errors.length === 1);
    await account.items.items.create({ id: "good", projectId: 1 });
    await eventually("the next is handled", () => hasAll(["good"], instance));
    expect(instance.handled).toEqual(["good"]);
  });

  it("as the trigger with a retry policy, a failed page comes again on the same lease", async () => {
    const account = await newAccount(1);
    const acquired: string[] = [];
    let calls = 0;
    await account.items.items.create({ id: "slow", projectId: 1 });
    const instance = await startInstance(account, "a", {
      failurePolicy: { kind: "retry", maxRetries: -1, delayMs: () => 1 },
      events: { onLeaseAcquired: (token) => acquired.push(token) },
      handler: () => {
        calls += 1;
        if (calls <= 5) throw new Error("not yet");
      },
    });
    await eventually("it is handled", () => hasAll(["slow"], instance));
    expect(calls).toBe(6);
    expect(acquired).toEqual(["0"]);
  });

  it("the checkpoint is written after the handler, not before", async () => {
    const account = await newAccount(1);
    await account.items.items.create({ id: "x", projectId: 1 });
    const seen: unknown[] = [];
    const instance = await startInstance(account, "a", {
      handler: async () => {
        seen.push((await leasesOf(account))[0]?.ContinuationToken);
      },
    });
    await eventually("it is handled", () => hasAll(["x"], instance));
    expect(seen).toEqual([null]);
    await eventually("it is checkpointed", async () =>
      /^"\d+"$/.test(String((await leasesOf(account))[0]?.ContinuationToken)),
    );
  });

  it("a handler whose lease is stolen is told, and does not checkpoint", async () => {
    const account = await newAccount(1);
    await account.items.items.create({ id: "x", projectId: 1 });
    const lost: string[] = [];
    let isAborted = false;
    await startInstance(account, "a", {
      leaseAcquireIntervalMs: 60_000,
      leaseExpirationIntervalMs: 600_000,
      events: { onLeaseLost: (token) => lost.push(token) },
      handler: async (_, { signal }) => {
        const [lease] = await leasesOf(account);
        await account.leases.item(lease!.id, lease!.id).replace({ ...lease, Owner: "thief" });
        await eventually("the signal is aborted", () => signal.aborted);
        isAborted = true;
      },
    });
    await eventually("the lease is lost", () => lost.length === 1);
    expect(isAborted).toBe(true);
    expect(await leasesOf(account)).toMatchObject([{ Owner: "thief", ContinuationToken: null }]);
  });

  it("a split gives leases to the children, which go on where the parent was", async () => {
    const account = await newAccount(2);
    const instance = await startInstance(account, "a");
    const before = await insert(account, 0, 100);
    await eventually("all are handled", () => hasAll(before, instance));
    await splitInto(account, 4);
    const after = await insert(account, 100, 100);
    await eventually("all are handled after it", () => hasAll(after, instance));
    expect(instance.handled).toHaveLength(200);
    expectOrder(instance);
    const partitions = await listPhysicalPartitions(account.items);
    await eventually("each partition has its lease", async () => {
      const tokens = (await leasesOf(account)).map(({ LeaseToken }) => LeaseToken);
      return (
        JSON.stringify(tokens.toSorted()) ===
        JSON.stringify(partitions.map(({ id }) => id).toSorted())
      );
    });
  });

  it("a crash while a split partition's lease is replaced loses nothing", async () => {
    const account = await newAccount(1);
    const a = createInstance(account, "a");
    await a.processor.start();
    const before = await insert(account, 0, 30);
    await eventually("all are handled", () => hasAll(before, a));
    await a.processor.stop();
    let isCut = false;
    const transport = createFaultyTransport((request) => {
      isCut ||= isItemWrite(request) && request.url.includes(`/colls/${account.leases.id}/`);
      return isCut ? { kind: "lost" } : undefined;
    });
    const cut = openAccount(server, account.settings, transport);
    const dying = createInstance(cut, "dying");
    await dying.processor.start();
    await eventually("it holds the lease", () => owns(account, "dying", 1));
    await splitInto(account, 2);
    await eventually("it begins to replace it", () => isCut);
    const c = await startInstance(account, "c");
    const after = await insert(account, 30, 30);
    await eventually("another instance goes on", () => hasAll(after, c));
    await dying.processor.stop();
    cut.client.dispose();
    await transport.destroy();
    expectOrder(c);
  });

  it("starting from now shows no change of before", async () => {
    const account = await newAccount(1);
    const hourAhead = Date.now() + 3_600_000;
    await insert(account, 0, 5);
    const instance = await startInstance(account, "a", { startFrom: new Date(hourAhead) });
    await eventually("a owns the lease", () => owns(account, "a", 1));
    expect(instance.handled).toEqual([]);
  });

  it("timings under which leases would always expire are refused", () => {
    const account = { items: {}, leases: {}, settings: { account: { endpoint: "http://x" } } };
    expect(() =>
      createInstance(account as unknown as Account, "a", { leaseRenewIntervalMs: 9_000 }),
    ).toThrow("leaseRenewIntervalMs");
  });
});
