import { type CollectedRow, createCollector, rowOrder } from "./collector.ts";
import { type Resume, rowResume } from "./continuation.ts";
import { bindDocument, type Execution, type FillPage, resultText } from "./execution.ts";
import type { SourceItem } from "./source.ts";

/** Gives the documents of one source that can matter, in any order. */
export type ReadAll = (source: number) => Iterable<SourceItem>;

/** Fills a page from the whole result, computed anew for each page: ORDER BY, groups, DISTINCT. */
export const fillFromWhole =
  (read: ReadAll): FillPage =>
  (execution, resume) => {
    const { query, sources, row } = execution;
    const collector = createCollector(query, row);
    for (let source = 0; source < sources.length; source++) {
      for (const item of read(source)) {
        let ordinal = 0;
        bindDocument(execution, item);
        const kept = query.isWholeDocument ? item : undefined;
        query.each(row, () => collector.add({ source, rid: item.rid, ordinal: ordinal++ }, kept));
      }
    }
    const seen = resume?.seen ?? 0;
    const rows = collector.rows();
    if (resume?.kind === "row")
      return fillInOrder(rowsAfter(execution, rows, resume), execution, seen);
    return fillInOrder(rows.slice(seen), execution, seen);
  };

/** Skips the rows up to the one that the page before ended with. */
export function* rowsAfter(
  { query }: Execution,
  rows: Iterable<CollectedRow>,
  { row: last }: Extract<Resume, { kind: "row" }>,
): Iterable<CollectedRow> {
  const compare = rowOrder(query);
  for (const row of rows) if (compare(row, last) > 0) yield row;
}

/** Fills the page from rows that come in their final order. */
export const fillInOrder = (
  rows: Iterable<CollectedRow>,
  execution: Execution,
  seenBefore: number,
): Resume | undefined => {
  const { query, window, page } = execution;
  let seen = seenBefore;
  let last: CollectedRow | undefined;
  const resume = (): Resume | undefined => {
    if (seen >= window.end || isSingleRow(execution)) return undefined;
    const isByKey = query.orderBy.length > 0 && !query.distinct && !query.groupBy && last;
    return isByKey ? rowResume(isByKey, seen) : { kind: "count", seen };
  };
  if (seen >= window.end) return undefined;
  for (const row of rows) {
    if (seen >= window.offset) {
      if (!page.push(resultText(execution, row.value, row.item))) return resume();
    }
    last = row;
    seen += 1;
    if (seen >= window.end || page.isFull()) return resume();
  }
  return undefined;
};

/** An aggregate over everything has one row: nothing can follow it. */
const isSingleRow = ({ query }: Execution): boolean => query.groupBy?.length === 0;
