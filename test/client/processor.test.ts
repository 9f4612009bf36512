import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listPhysicalPartitions } from "../../client/feed-range.ts";
import type { Lease } from "../../client/processor/lease.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { type Account, mergeLowest, splitInto, startServer } from "./embedded-account.ts";
import { eventually } from "./eventually.ts";
import {
  createInstance,
  expectOrder,
  hasAll,
  insert,
  leasesOf,
  newAccountOn,
  ownersOf,
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

  it("a merge leaves each lease its range, and both go on where they were", async () => {
    const account = await newAccount(2);
    const instance = await startInstance(account, "a");
    const before = await insert(account, 0, 100);
    await eventually("all are handled", () => hasAll(before, instance));
    const ranges = (await listPhysicalPartitions(account.items)).map(({ range }) => range);
    mergeLowest(account);
    const after = await insert(account, 100, 100);
    await eventually("all are handled after it", () => hasAll(after, instance));
    expect(instance.handled).toHaveLength(200);
    expectOrder(instance);
    const tokens = (await leasesOf(account)).map(({ LeaseToken }) => LeaseToken);
    expect(tokens.toSorted()).toEqual(ranges.map(({ min, max }) => `${min}-${max}`).toSorted());
    await splitInto(account, 2);
    const late = await insert(account, 200, 50);
    await eventually("all are handled after a split", () => hasAll(late, instance));
    expect(instance.handled).toHaveLength(250);
  });

  it("a merge between the first leases and the last leaves no range without one", async () => {
    const account = await newAccount(3);
    const before = await insert(account, 0, 50);
    const first = createInstance(account, "a");
    await first.processor.start();
    await first.processor.stop();
    const leases = await leasesOf(account);
    const info = leases[0]!.id.replace(/\.\..*/, ".info");
    // As if the host had died when it had created the lease of the middle partition only.
    await account.leases.item(info, info).delete();
    for (const { id, LeaseToken } of leases) {
      if (LeaseToken !== "1") await account.leases.item(id, id).delete();
    }
    mergeLowest(account);
    const instance = await startInstance(account, "b");
    await eventually("all are handled", () => hasAll(before, instance));
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
