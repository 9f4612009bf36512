import { contains } from "../../local/cosmos/partitioning/key-ranges.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import { TRIGGER_NAME } from "./function-host.ts";
import type { Surroundings } from "./link.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import type { Safety } from "./safety.ts";

/** What of the world changes without anybody's doing. */
export type Sky = {
  /** How far the clock of Cosmos DB is ahead of the true time. */
  cosmosSkewMs: number;
};

export type NatureParts = {
  readonly sky: Sky;
  readonly surroundings: Surroundings;
  readonly safety: Safety;
  readonly random: Random;
  readonly hosts: readonly Machine[];
  /** Whoever holds leases. */
  readonly processors: readonly Machine[];
  readonly faultsEndMs: number;
  /** Stops a host in an orderly way and starts it again. */
  readonly restart: (host: Machine) => void;
};

/** Schedules what befalls a world from outside, each at times of its own. */
export const scheduleCalamities = (parts: NatureParts): void => {
  const { surroundings, random, sky, hosts, processors, faultsEndMs } = parts;
  const { time, nature, faults } = surroundings;
  const at = (times: number, label: string, run: () => void): void => {
    for (let i = 0; i < times; i += 1) {
      time.after(random.next() * faultsEndMs, { owner: nature, label, run });
    }
  };
  const upTo = (most: number): number => random.between(1, most);
  at(upTo(2), "split?", () => split(parts));
  at(upTo(3), "failover?", () => failOver(parts));
  at(upTo(2), "deletes leases?", () => deleteLeases(parts));
  at(upTo(2), "moves leases?", () => setLeasesToNow(parts));
  at(upTo(2), "pauses?", () => {
    if (faults.strikes("host-pause", 1))
      random.pick(processors).pause(random.between(2_000, 20_000));
  });
  at(upTo(2), "stops?", () => {
    if (faults.strikes("host-stop", 1)) parts.restart(random.pick(hosts));
  });
  at(upTo(3), "clock jumps?", () => {
    if (faults.strikes("clock-jump", 1)) skew(random.pick(processors), random);
  });
  at(upTo(2), "clock of Cosmos DB jumps?", () => {
    if (faults.strikes("cosmos-clock-jump", 1)) sky.cosmosSkewMs = (random.next() - 0.5) * 10_000;
  });
  for (const host of processors) if (faults.strikes("clock-skew", 0.5)) skew(host, random);
  at(upTo(2), "merge?", () => merge(parts));
};

/**
 * Sets a machine's clock wrong. Those of listeners are wrong by less: the lease of one that dies
 * with its clock ahead stays taken for as long as it was ahead, as with the .NET processor.
 */
const skew = (machine: Machine, random: Random): void => {
  const rangeMs = random.pick([2_000, 20_000, machine.name.startsWith("listener") ? 4e5 : 2e6]);
  machine.skewClock((random.next() - 0.5) * rangeMs);
};

const MAX_PARTITIONS = 4;

const split = ({ surroundings: { account, faults }, random }: NatureParts): void => {
  const { store, items } = account;
  if (items.partitions.length >= MAX_PARTITIONS || !faults.strikes("partition-split", 1)) return;
  store.split(items, random.pick(items.partitions));
};

const merge = ({ surroundings: { account, faults }, random }: NatureParts): void => {
  const { store, items } = account;
  if (items.partitions.length < 2 || !faults.strikes("partition-merge", 1)) return;
  const at = random.between(0, items.partitions.length - 2);
  store.merge(items, [items.partitions[at]!, items.partitions[at + 1]!]);
};

/** The region that goes on has all requests, and not the last drains. */
const failOver = ({ surroundings: { account, faults }, random, safety }: NatureParts): void => {
  if (!faults.isOn("region-failover")) return;
  // No script that read before the failover commits after it: it ends with its region.
  account.store.commitWaiting();
  for (let left = random.between(1, 6); left > 0; left -= 1) {
    const last = safety.drained.pop();
    if (!last || !safety.undo(last)) return;
    faults.count("region-failover");
    for (const write of last.writes) account.store.restore(account.items, write);
  }
};

const deleteLeases = ({ surroundings: { account, faults }, random }: NatureParts): void => {
  const { store, leases } = account;
  const documents = leaseDocuments(account);
  if (documents.length === 0 || !faults.strikes("leases-deleted", 1)) return;
  const isAll = random.chance(0.5);
  const [partition] = leases.partitions;
  void store.commit(leases, partition!, (transaction) => {
    for (const { id, LeaseToken } of documents) {
      if (isAll || LeaseToken !== undefined) transaction.delete(JSON.stringify([id]), id);
    }
  });
};

const setLeasesToNow = ({ surroundings: { account, faults } }: NatureParts): void => {
  const { store, items, leases } = account;
  const documents = leaseDocuments(account).filter(({ LeaseToken }) => LeaseToken !== undefined);
  if (documents.length === 0 || !faults.strikes("leases-set-to-now", 1)) return;
  const [partition] = leases.partitions;
  void store.commit(leases, partition!, (transaction) => {
    for (const document of documents) {
      // Either the id of a partition, or the ends of a range.
      const [idOrMin = ""] = String(document.LeaseToken).split("-");
      const { lsn = 0 } =
        items.partitions.find(({ id }) => id === document.LeaseToken) ??
        items.partitions.find((partition) => contains(partition, idOrMin)) ??
        {};
      const body = { ...document, ContinuationToken: `"${lsn}"` };
      const key = logicalKey([document.id], leases.partitionKey);
      transaction.put({ key, id: document.id, body });
    }
  });
};

type LeaseDocument = { readonly id: string; readonly LeaseToken?: string };

const leaseDocuments = ({ store, leases }: Surroundings["account"]): readonly LeaseDocument[] =>
  [...store.documents(leases).values()]
    .map((text) => JSON.parse(text) as LeaseDocument)
    .filter(({ id }) => id.startsWith(TRIGGER_NAME));
