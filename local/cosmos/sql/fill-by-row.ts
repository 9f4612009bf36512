import { type CollectedRow, createCollector, rowOrder } from "./collector.ts";
import { type Resume, rowResume } from "./continuation.ts";
import { bindDocument, type Execution, type FillPage, resultText } from "./execution.ts";
import { mergeInOrder } from "./merge-in-order.ts";
import type { IndexAccess } from "./planner/choose-index.ts";
import type { SourceReader } from "./source-reader.ts";

/** Fills a page from the whole result, computed anew for each page: ORDER BY, groups, DISTINCT. */
export const fillFromWhole =
  (readers: readonly SourceReader[]): FillPage =>
  (execution, resume) => {
    const rows = collect(execution, readers);
    const seen = resume?.seen ?? 0;
    return resume?.kind === "row"
      ? fillInOrder(rowsAfter(execution, rows, resume), execution, seen)
      : fillInOrder(rows.slice(seen), execution, seen);
  };

/** Fills a page from indexes that give the order of ORDER BY; reads little more than it returns. */
export const fillFromOrderedIndex =
  (accesses: readonly IndexAccess[]): FillPage =>
  (execution, resume) => {
    const seen = resume?.seen ?? 0;
    if (resume?.kind === "row") {
      const rows = mergeInOrder(execution, accesses, resume.row.keys);
      return fillInOrder(rowsAfter(execution, rows, resume), execution, seen);
    }
    const rows = mergeInOrder(execution, accesses, []);
    return fillInOrder(withoutFirst(rows, seen), execution, seen);
  };

const collect = (execution: Execution, readers: readonly SourceReader[]): CollectedRow[] => {
  const { query, row } = execution;
  const collector = createCollector(query, row);
  readers.forEach((reader, source) => {
    for (const item of reader.candidates()) {
      let ordinal = 0;
      bindDocument(execution, item);
      query.each(row, () => collector.add({ source, rid: item.rid, ordinal: ordinal++ }, item));
    }
  });
  return collector.rows();
};

/** Skips the rows up to the one that the page before ended with. */
function* rowsAfter(
  { query }: Execution,
  rows: Iterable<CollectedRow>,
  { row: last }: Extract<Resume, { kind: "row" }>,
): Iterable<CollectedRow> {
  const compare = rowOrder(query);
  for (const row of rows) if (compare(row, last) > 0) yield row;
}

function* withoutFirst(rows: Iterable<CollectedRow>, count: number): Iterable<CollectedRow> {
  let left = count;
  for (const row of rows) if (left-- <= 0) yield row;
}

/** Fills the page from rows that come in their final order. */
const fillInOrder = (
  rows: Iterable<CollectedRow>,
  execution: Execution,
  seenBefore: number,
): Resume | undefined => {
  const { query, window, page } = execution;
  let seen = seenBefore;
  let last: CollectedRow | undefined;
  const isByKey = query.orderBy.length > 0 && !query.distinct && !query.groupBy;
  const resume = (): Resume => (isByKey && last ? rowResume(last, seen) : { kind: "count", seen });
  if (seen >= window.end) return undefined;
  for (const row of rows) {
    if (seen >= window.offset && !page.push(resultText(execution, row.value, row.item))) {
      return resume();
    }
    last = row;
    seen += 1;
    if (seen >= window.end) return undefined;
    if (page.isFull()) return isSingleRow(execution) ? undefined : resume();
  }
  return undefined;
};

/** An aggregate over everything has one row: nothing can follow it. */
const isSingleRow = ({ query }: Execution): boolean => query.groupBy?.length === 0;
