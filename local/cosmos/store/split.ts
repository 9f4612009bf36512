import type { DatabaseSync } from "node:sqlite";
import { middleOf } from "../partitioning/key-ranges.ts";
import type { Catalogue } from "./catalogue.ts";
import { keyColumn } from "./partition-table.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";

/**
 * Divides a physical partition into two halves, as the service does when it grows.
 *
 * Items keep their log sequence numbers and the children go on after the parent's, so a continuation
 * of the parent is valid for both. The parent's id is gone afterwards.
 */
export const splitPartition = (
  db: DatabaseSync,
  catalogue: Catalogue,
  { container, partition }: { container: Container; partition: PhysicalPartition },
): readonly PhysicalPartition[] => {
  const middle = middleOf(partition, container.partitionKey);
  const firstId = Math.max(...container.partitions.map(({ id }) => Number(id))) + 1;
  const ranges = [
    { minInclusive: partition.minInclusive, maxExclusive: middle },
    { minInclusive: middle, maxExclusive: partition.maxExclusive },
  ];
  const children = catalogue.atomically(() => {
    const made = ranges.map((range, i) => {
      const { lsn, lastTs } = partition;
      const parents = [...partition.parents, partition.id];
      const id = String(firstId + i);
      const child = catalogue.createPartition(container, { ...range, id, parents, lsn, lastTs });
      copyItems(db, partition, child, container.compositeIndexes.length);
      return child;
    });
    catalogue.dropPartition(container, partition);
    return made;
  });
  container.partitions = container.partitions.flatMap((one) =>
    one === partition ? children : [one],
  );
  return children;
};

const copyItems = (
  db: DatabaseSync,
  from: PhysicalPartition,
  to: PhysicalPartition,
  indexes: number,
): void => {
  const keys = Array.from({ length: indexes }, (_, i) => keyColumn(i));
  const columns = [
    "rid",
    "pk",
    "epk",
    "id",
    "position",
    "etag",
    "ts",
    "expires_at",
    "doc",
    ...keys,
  ];
  db.prepare(
    `INSERT INTO ${to.table} (${columns.join(", ")})
     SELECT ${columns.join(", ")} FROM ${from.table} WHERE epk >= ? AND epk < ?`,
  ).run(to.minInclusive, to.maxExclusive);
};
