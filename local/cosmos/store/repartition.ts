import type { DatabaseSync } from "node:sqlite";
import { middleOf } from "../partitioning/key-ranges.ts";
import type { Catalogue } from "./catalogue.ts";
import { keyColumn, POSITIONS_PER_LSN } from "./partition-table.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";

type Parts = {
  readonly db: DatabaseSync;
  readonly catalogue: Catalogue;
  readonly container: Container;
};

/**
 * Divides a physical partition into two halves, as the service does when it grows.
 *
 * Items keep their log sequence numbers and the children go on after the parent's, so a continuation
 * of the parent is valid for both. The parent's id is gone afterwards.
 */
export const splitPartition = (
  parts: Parts,
  partition: PhysicalPartition,
): readonly PhysicalPartition[] => {
  const { db, catalogue, container } = parts;
  const middle = middleOf(partition, container.partitionKey);
  const firstId = nextId(container);
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
      const columns = columnsOf(container);
      db.prepare(
        `INSERT INTO ${child.table} (position, ${columns})
         SELECT position, ${columns} FROM ${partition.table} WHERE epk >= ? AND epk < ?`,
      ).run(child.minInclusive, child.maxExclusive);
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

/**
 * Joins two neighbours into one physical partition, as the service does when asked to.
 *
 * Items keep their log sequence numbers, and the child goes on after the greater of the parents': so
 * each parent's continuation is valid for its own range of the child, and for that range only.
 */
export const mergePartitions = (
  parts: Parts,
  [first, second]: readonly [PhysicalPartition, PhysicalPartition],
): PhysicalPartition => {
  const { db, catalogue, container } = parts;
  if (first.maxExclusive !== second.minInclusive) {
    throw new Error(`The partitions ${first.id} and ${second.id} are no neighbours`);
  }
  const child = catalogue.atomically(() => {
    const made = catalogue.createPartition(container, {
      minInclusive: first.minInclusive,
      maxExclusive: second.maxExclusive,
      id: String(nextId(container)),
      parents: [...new Set([...first.parents, ...second.parents, first.id, second.id])],
      lsn: Math.max(first.lsn, second.lsn),
      lastTs: Math.max(first.lastTs, second.lastTs),
    });
    const columns = columnsOf(container);
    db.exec(`
      INSERT INTO ${made.table} (position, ${columns})
        SELECT position, ${columns} FROM ${first.table};
      INSERT INTO ${made.table} (position, ${columns})
        SELECT position + ${takenPositions(first)}, ${columns} FROM ${second.table} AS moved;
    `);
    catalogue.dropPartition(container, first);
    catalogue.dropPartition(container, second);
    return made;
  });
  container.partitions = container.partitions
    .filter((one) => one !== second)
    .map((one) => (one === first ? child : one));
  return child;
};

/** Both may have a transaction of one number: the second's documents come behind the first's. */
const takenPositions = ({ table }: PhysicalPartition): string => {
  const firstOfLsn = `(moved.position - moved.position % ${POSITIONS_PER_LSN})`;
  return `coalesce((
    SELECT max(position) + 1 - ${firstOfLsn} FROM ${table}
    WHERE position >= ${firstOfLsn} AND position < ${firstOfLsn} + ${POSITIONS_PER_LSN}
  ), 0)`;
};

const nextId = ({ partitions }: Container): number =>
  Math.max(...partitions.map(({ id }) => Number(id))) + 1;

const columnsOf = ({ compositeIndexes }: Container): string => {
  const keys = compositeIndexes.map((_, i) => keyColumn(i));
  return ["rid", "pk", "epk", "id", "etag", "ts", "expires_at", "doc", ...keys].join(", ");
};
