import type { PartitionKeyDefinition } from "../partitioning/effective-partition-key.ts";
import { contains, type KeyRange } from "../partitioning/key-ranges.ts";
import type { CompositeIndex } from "../sql/source.ts";

/** A range of the key space with its own log sequence numbers, stored in a table of its own. */
export type PhysicalPartition = KeyRange & {
  readonly id: string;
  readonly table: string;
  readonly parents: readonly string[];
  /** Log sequence number of the newest committed transaction. */
  lsn: number;
  /** Seconds; never goes back, whatever the clock does. */
  lastTs: number;
};

/** What the store must know of a container to read and write its items. */
export type Container = {
  readonly rid: string;
  readonly id: string;
  readonly databaseRid: string;
  readonly databaseId: string;
  readonly partitionKey: PartitionKeyDefinition;
  /** Seconds, -1: only items with their own `ttl` expire, undefined: nothing expires. */
  defaultTtl: number | undefined;
  compositeIndexes: readonly CompositeIndex[];
  /** The container as the service shows it. */
  resource: ContainerResource;
  partitions: readonly PhysicalPartition[];
  /** Number of the next document, in order of insertion. */
  nextRid: number;
};

/** The JSON resource, `_etag` and `_ts` included. */
export type ContainerResource = { readonly [key: string]: import("../json.ts").JsonValue };

/** Finds the partition whose range holds a key. */
export const partitionFor = (container: Container, epk: string): PhysicalPartition => {
  const found = container.partitions.find((partition) => contains(partition, epk));
  if (!found) throw new Error(`No physical partition of ${container.id} covers key ${epk}.`);
  return found;
};
