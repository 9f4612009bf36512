import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lease, partitionLease } from "../../client/processor/lease.ts";
import { createLeaseStore, type LeaseStore } from "../../client/processor/lease-store.ts";
import {
  acquireLease,
  checkpointLease,
  type LeaseKeeper,
  LeaseLostError,
  releaseLease,
  renewLease,
} from "../../client/processor/update-lease.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { type Account, createAccount, startServer } from "./embedded-account.ts";

let server: CosmosServer;
let account: Account;
let store: LeaseStore;
let a: LeaseKeeper;
let b: LeaseKeeper;

beforeAll(async () => {
  server = await startServer();
  account = await createAccount(server);
  store = createLeaseStore(account.leases, "p");
  a = { store, instanceName: "a", now: Date.now };
  b = { store, instanceName: "b", now: Date.now };
});

afterAll(async () => {
  account.client.dispose();
  await server.close();
});

let lastPartition = 0;
const newLease = async (): Promise<Lease> => {
  lastPartition += 1;
  const partition = { id: String(lastPartition), range: { min: "", max: "FF" } };
  return (await store.create(partitionLease("p", partition, null)))!;
};

describe("changing leases", () => {
  it("of two that saw the same free lease, one acquires it", async () => {
    const seen = await newLease();
    await acquireLease(a, seen);
    await expect(acquireLease(b, seen)).rejects.toThrow(LeaseLostError);
    expect((await store.read(seen.id))?.Owner).toBe("a");
  });

  it("a lease is stolen from the owner that was seen", async () => {
    const held = await acquireLease(a, await newLease());
    expect((await acquireLease(b, held)).Owner).toBe("b");
    for (const change of [
      renewLease(a, held),
      checkpointLease(a, held, '"5"'),
      releaseLease(a, held),
    ]) {
      await expect(change).rejects.toThrow("now belongs to b");
    }
    expect(await store.read(held.id)).toMatchObject({ Owner: "b", ContinuationToken: null });
  });

  it("a checkpoint outlives that the lease was renewed meanwhile", async () => {
    const held = await acquireLease(a, await newLease());
    await renewLease(a, held);
    expect((await checkpointLease(a, held, '"5"')).ContinuationToken).toBe('"5"');
  });

  it("renewing keeps a checkpoint that was written meanwhile", async () => {
    const held = await acquireLease(a, await newLease());
    await checkpointLease(a, held, '"5"');
    expect((await renewLease(a, held)).ContinuationToken).toBe('"5"');
  });

  it("a deleted lease is lost", async () => {
    const held = await acquireLease(a, await newLease());
    await store.remove(held.id);
    await expect(renewLease(a, held)).rejects.toThrow("was deleted");
    await expect(checkpointLease(a, held, '"5"')).rejects.toThrow(LeaseLostError);
  });

  it("fields that we do not know stay as they are", async () => {
    const seen = await newLease();
    await account.leases.item(seen.id, seen.id).replace({ ...seen, PartitionId: "old" });
    const held = await acquireLease(a, (await store.read(seen.id))!);
    await releaseLease(a, held);
    expect(await store.read(seen.id)).toMatchObject({ PartitionId: "old", Owner: null });
  });

  it("the lock to create the first leases is given once until it is returned", async () => {
    const lock = await store.lock(30);
    expect(await store.lock(30)).toBeUndefined();
    await store.unlock(lock!);
    await store.unlock(lock!);
    const again = await store.lock(30);
    expect(again).toBeDefined();
    await store.unlock(again!);
  });
});
