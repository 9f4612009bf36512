import type { Value } from "./ast.ts";
import { type CollectedRow, rowOrder } from "./collector.ts";
import { bindDocument, type Execution } from "./execution.ts";
import type { IndexAccess } from "./planner/choose-index.ts";
import type { Seek } from "./source.ts";

/**
 * Merges the ranges of an index, and those of several sources, into the order of ORDER BY; it reads
 * one document ahead in each.
 *
 * shape   after: sort keys of the last row of the page before, empty on the first page
 */
export function* mergeInOrder(
  execution: Execution,
  accesses: readonly IndexAccess[],
  after: readonly Value[],
): Iterable<CollectedRow> {
  const compare = rowOrder(execution.query);
  const ranges = accesses.flatMap((access, source) =>
    access.seeks.map((seek) => rangeRows(execution, source, resumed(seek, access, after))),
  );
  const heads = ranges.map(nextRow);
  for (;;) {
    let first = -1;
    for (let i = 0; i < heads.length; i++) {
      const [head, best] = [heads[i], heads[first]];
      if (head && (!best || compare(head, best) < 0)) first = i;
    }
    const [head, range] = [heads[first], ranges[first]];
    if (!head || !range) return;
    yield head;
    heads[first] = nextRow(range);
  }
}

/** Begins a range at the key that the page before ended with. */
const resumed = (seek: Seek, { boundedKey, seeks }: IndexAccess, after: readonly Value[]): Seek => {
  const value = boundedKey === undefined ? undefined : after[boundedKey];
  if (value === undefined || seeks.length === 0) return seek;
  const bound = { value, inclusive: true };
  return seek.descending ? { ...seek, upper: bound } : { ...seek, lower: bound };
};

function* rangeRows(execution: Execution, source: number, seek: Seek): Generator<CollectedRow> {
  const { query, row, sources } = execution;
  for (const item of sources[source]?.seek(seek) ?? []) {
    const found: CollectedRow[] = [];
    bindDocument(execution, item);
    query.each(row, () => {
      const value = query.project(row);
      if (value === undefined) return;
      const keys = query.orderBy.map((key) => key.value(row));
      found.push({ value, keys, place: { source, rid: item.rid, ordinal: 0 }, item });
    });
    yield* found;
  }
}

const nextRow = (range: Generator<CollectedRow>): CollectedRow | undefined => {
  const next = range.next();
  return next.done ? undefined : next.value;
};
