import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChangesHandler } from "../../client/processor/options.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { openAccount, splitInto, startServer } from "./embedded-account.ts";
import { eventually } from "./eventually.ts";
import { createFaultyTransport, isItemWrite } from "./faulty-transport.ts";
import {
  createInstance,
  expectOrder,
  hasAll,
  insert,
  leasesOf,
  newAccountOn,
  owns,
  startInstance,
} from "./processor-instances.ts";

let server: CosmosServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.close();
});

const newAccount = (partitions: number) => newAccountOn(server, partitions);

describe("change feed processor in trouble", () => {
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
});
