import { type Lease, leaseTimestamp } from "./lease.ts";
import type { LeaseStore } from "./lease-store.ts";

/** Thrown when a lease is not ours any more: stop working on it, write nothing about it. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** Whatever changes leases needs these three. */
export type LeaseKeeper = {
  readonly store: LeaseStore;
  readonly instanceName: string;
  readonly now: () => number;
};

/**
 * Acquires a lease that was seen free, or steals it.
 *
 * errors  LeaseLostError if it has another owner by now than the one that we saw
 */
export const acquireLease = (keeper: LeaseKeeper, seen: Lease): Promise<Lease> =>
  updateLease(keeper, seen, (lease) => {
    if ((lease.Owner ?? null) !== (seen.Owner ?? null)) throw takenOver(lease);
    return { ...lease, Owner: keeper.instanceName };
  });

/** Renews a lease of ours. */
export const renewLease = async (keeper: LeaseKeeper, held: Lease): Promise<Lease> =>
  updateLease(keeper, await readLease(keeper, held), ours(keeper));

/** Releases a lease of ours, so that another host need not wait until it expires. */
export const releaseLease = async (keeper: LeaseKeeper, held: Lease): Promise<void> => {
  const own = ours(keeper);
  const release = (lease: Lease): Lease => ({ ...own(lease), Owner: null });
  await updateLease(keeper, await readLease(keeper, held), release);
};

/** Writes into a lease of ours how far its changes were handled. */
export const checkpointLease = (
  keeper: LeaseKeeper,
  held: Lease,
  continuation: string,
): Promise<Lease> => {
  const own = ours(keeper);
  return updateLease(keeper, held, (lease) => ({
    ...own(lease),
    ContinuationToken: continuation,
  }));
};

const MAX_UPDATE_ATTEMPTS = 6;

/** Writes a change; if somebody wrote in between, reads again and applies the change to that. */
const updateLease = async (
  { store, now }: LeaseKeeper,
  known: Lease,
  change: (lease: Lease) => Lease,
): Promise<Lease> => {
  let lease = known;
  for (let attempt = 1; attempt <= MAX_UPDATE_ATTEMPTS; attempt += 1) {
    const write = await store.replace({ ...change(lease), timestamp: leaseTimestamp(now()) });
    if (write.kind === "written") return write.lease;
    const current = write.kind === "changed" ? await store.read(lease.id) : undefined;
    if (!current) throw gone(lease);
    lease = current;
  }
  throw new LeaseLostError(
    `Lease ${lease.LeaseToken} changed ${MAX_UPDATE_ATTEMPTS} times while we tried to write it`,
  );
};

const readLease = async ({ store }: LeaseKeeper, held: Lease): Promise<Lease> => {
  const lease = await store.read(held.id);
  if (!lease) throw gone(held);
  return lease;
};

const ours =
  ({ instanceName }: LeaseKeeper) =>
  (lease: Lease): Lease => {
    if (lease.Owner !== instanceName) throw takenOver(lease);
    return lease;
  };

const takenOver = ({ LeaseToken, Owner }: Lease): LeaseLostError =>
  new LeaseLostError(`Lease ${LeaseToken} now belongs to ${Owner ?? "nobody"}`);

const gone = ({ LeaseToken }: Lease): LeaseLostError =>
  new LeaseLostError(`Lease ${LeaseToken} was deleted`);
