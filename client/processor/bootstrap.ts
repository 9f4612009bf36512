import { type PhysicalPartition, uncoveredParts } from "../feed-range.ts";
import type { World } from "../world.ts";
import { leaseRange, partLease } from "./lease.ts";
import type { LeaseStore } from "./lease-store.ts";

export type BootstrapContext = {
  readonly store: LeaseStore;
  readonly prefix: string;
  readonly listPartitions: () => Promise<readonly PhysicalPartition[]>;
  readonly world: World;
  readonly signal: AbortSignal;
  /** How long to wait for the host that creates the leases before looking again. */
  readonly waitMs: number;
};

/** How long the lock lives if its owner dies. */
const LOCK_SECONDS = 30;

/**
 * Creates the leases of a processor that runs for the first time, once among all its hosts.
 *
 * shape   returns when there are leases, or when the signal is aborted
 * source  BootstrapperCore.cs of the .NET SDK
 */
export const bootstrapLeases = async (context: BootstrapContext): Promise<void> => {
  const { store, world, signal, waitMs } = context;
  while (!signal.aborted && !(await store.isInitialized())) {
    const lock = await store.lock(LOCK_SECONDS);
    if (!lock) {
      await world.sleep(waitMs, signal);
      continue;
    }
    try {
      await createMissingLeases(context);
      await store.markInitialized();
    } finally {
      await store.unlock(lock);
    }
  }
};

/** A host that died here left some; and what they lease may have split or merged since. */
const createMissingLeases = async ({
  store,
  prefix,
  listPartitions,
}: BootstrapContext): Promise<void> => {
  const partitions = await listPartitions();
  const existing = await store.list();
  const leased = existing.map(leaseRange).filter((range) => range !== undefined);
  for (const partition of partitions) {
    if (existing.some(({ LeaseToken }) => LeaseToken === partition.id)) continue;
    for (const part of uncoveredParts(partition.range, leased)) {
      await store.create(partLease(prefix, { part, partition, continuation: null }));
    }
  }
};
