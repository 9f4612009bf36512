import * as t from "io-ts";
import type { FeedRange, PhysicalPartition } from "../feed-range.ts";

/**
 * A lease as it stands in the lease container, field by field as the .NET SDK writes it.
 *
 * shape   version 0: of one physical partition, LeaseToken is its id; version 1: of a feed range
 *         that is no partition of its own any more (after a merge), LeaseToken is "min-max"
 * source  DocumentServiceLeaseCore(Epk).cs of the .NET SDK, and its recorded traffic
 */
export const Lease = t.intersection([
  t.type({ id: t.string, LeaseToken: t.string }),
  t.partial({
    version: t.number,
    FeedRange: t.type({ Range: t.type({ min: t.string, max: t.string }) }),
    Owner: t.union([t.string, t.null]),
    /** The etag of the last page that was handled, quotes included. */
    ContinuationToken: t.union([t.string, t.null]),
    timestamp: t.union([t.string, t.null]),
    _etag: t.union([t.string, t.null]),
    _ts: t.number,
  }),
]);
export type Lease = t.TypeOf<typeof Lease>;

/** Names the leases of one processor: another name, host or container means other leases. */
export const leasePrefix = (parts: {
  readonly processorName: string;
  readonly accountEndpoint: string;
  readonly databaseRid: string;
  readonly containerRid: string;
}): string => {
  const host = new URL(parts.accountEndpoint).hostname;
  return `${parts.processorName}${host}_${parts.databaseRid}_${parts.containerRid}`;
};

/** Makes the lease of a physical partition, owned by nobody. */
export const partitionLease = (
  prefix: string,
  { id, range }: PhysicalPartition,
  continuation: string | null,
): Lease => newLease(`${prefix}..${id}`, { version: 0, token: id, range, continuation });

/** Makes the lease of a feed range that is not exactly one physical partition, owned by nobody. */
export const rangeLease = (
  prefix: string,
  range: FeedRange,
  continuation: string | null,
): Lease => {
  const token = `${range.min}-${range.max}`;
  return newLease(`${prefix}..${token}`, { version: 1, token, range, continuation });
};

/** Makes the lease of a part of a physical partition, which may be all of it. */
export const partLease = (
  prefix: string,
  { part, partition, continuation }: PartOfPartition,
): Lease => {
  const { range } = partition;
  const isWhole = part.min === range.min && part.max === range.max;
  return isWhole
    ? partitionLease(prefix, partition, continuation)
    : rangeLease(prefix, part, continuation);
};

type PartOfPartition = {
  readonly part: FeedRange;
  readonly partition: PhysicalPartition;
  readonly continuation: string | null;
};

/**
 * The feed range of a lease; undefined on leases of old libraries, which name only the partition.
 */
export const leaseRange = (lease: Lease): FeedRange | undefined => lease.FeedRange?.Range;

/** Is nobody working on it, or has its owner not renewed it in time? */
export const isFree = (lease: Lease, nowMs: number, expirationIntervalMs: number): boolean => {
  if (!lease.Owner) return true;
  const renewedMs = lease.timestamp ? Date.parse(lease.timestamp) : (lease._ts ?? 0) * 1000;
  return renewedMs + expirationIntervalMs < nowMs;
};

/** Writes a time as .NET does: seven digits after the second. */
export const leaseTimestamp = (nowMs: number): string =>
  new Date(nowMs).toISOString().replace("Z", "0000Z");

type NewLease = {
  readonly version: 0 | 1;
  readonly token: string;
  readonly range: FeedRange;
  readonly continuation: string | null;
};

const newLease = (id: string, { version, token, range, continuation }: NewLease): Lease => {
  const fields = {
    id,
    version,
    _etag: null,
    LeaseToken: token,
    FeedRange: { Range: { min: range.min, max: range.max } },
    Owner: null,
    ContinuationToken: continuation,
    properties: {},
    timestamp: null,
    _ts: 0,
    Mode: "Incremental Feed",
  };
  return fields;
};
