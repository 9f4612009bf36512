import { clipRange, type PhysicalPartition, rangesOverlap } from "../feed-range.ts";
import { type Lease, leaseRange, partLease, rangeLease } from "./lease.ts";

/** The leases to create in place of one, or none if it can go on as it is. */
export type Replacement =
  | { readonly kind: "keep" }
  | { readonly kind: "replace"; readonly leases: readonly Lease[] };

/**
 * Plans which leases take the place of one whose partition was split or merged.
 *
 * shape   they begin where the old one was: a child holds all that its parent held, so nothing is
 *         skipped
 * source  PartitionSynchronizerCore.cs of the .NET SDK
 */
export const planReplacement = (
  prefix: string,
  lease: Lease,
  partitions: readonly PhysicalPartition[],
): Replacement => {
  const range = leaseRange(lease);
  if (!range) {
    throw new Error(
      `Lease ${lease.id} names no FeedRange and its partition is gone; ` +
        "delete the leases to start anew",
    );
  }
  const continuation = lease.ContinuationToken ?? null;
  const serving = partitions.filter((partition) => rangesOverlap(partition.range, range));
  if (serving.length === 0) throw new Error(`No physical partition serves lease ${lease.id}`);
  if (lease.version === 1) {
    if (serving.length === 1) return { kind: "keep" };
    const parts = serving.map((partition) => clipRange(partition.range, range));
    return { kind: "replace", leases: parts.map((part) => rangeLease(prefix, part, continuation)) };
  }
  if (serving.some(({ id }) => id === lease.LeaseToken)) return { kind: "keep" };
  if (serving.length === 1) {
    return { kind: "replace", leases: [rangeLease(prefix, range, continuation)] };
  }
  return {
    kind: "replace",
    // A child that was merged with a neighbour since is read only as far as the old lease went.
    leases: serving.map((partition) => {
      const part = clipRange(partition.range, range);
      return partLease(prefix, { part, partition, continuation });
    }),
  };
};
