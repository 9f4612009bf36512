import type { Resume } from "./continuation.ts";
import { bindDocument, type Execution, type FillPage, resultText } from "./execution.ts";
import type { SourceItem } from "./source.ts";
import type { SourceReader } from "./source-reader.ts";

type DocumentResume = Extract<Resume, { kind: "document" }>;

const AT_START = { afterRid: -1, consumed: 0, scans: 0 } as const;

/**
 * Fills a page in the order of insertion and stops reading when it is full: for queries without
 * ORDER BY, groups and DISTINCT.
 */
export const fillByDocument =
  (readers: readonly SourceReader[]): FillPage =>
  (execution, resume) => {
    const { window, page } = execution;
    let at: DocumentResume =
      resume?.kind === "document" ? resume : { kind: "document", source: 0, seen: 0, ...AT_START };
    for (let source = at.source; source < readers.length && at.seen < window.end; source++) {
      if (source !== at.source) at = { ...at, ...AT_START, source };
      const few = at.scans === 1 ? undefined : readers[source]?.few();
      if (!few) at = { ...at, scans: 1 };
      const { afterRid } = at;
      for (const item of few ?? readers[source]?.scan(afterRid) ?? []) {
        if (item.rid <= afterRid) continue;
        at = takeRows(execution, item, at);
        if (at.seen >= window.end) return undefined;
        if (page.isFull()) return at;
      }
    }
    return undefined;
  };

/** Puts the rows of one document on the page, as many as have room. */
const takeRows = (
  execution: Execution,
  item: SourceItem,
  before: DocumentResume,
): DocumentResume => {
  const { query, row, window, page } = execution;
  const skip = item.rid === before.afterRid + 1 ? before.consumed : 0;
  let { seen } = before;
  let visited = 0;
  let consumed = 0;
  bindDocument(execution, item);
  query.each(row, () => {
    visited += 1;
    if (visited <= skip) consumed = visited;
    if (visited <= skip || page.isFull() || seen >= window.end) return;
    const value = query.readsValue ? query.project(row) : null;
    if (value !== undefined) {
      if (seen >= window.offset && !page.push(resultText(execution, value, item))) return;
      seen += 1;
    }
    consumed = visited;
  });
  const isDone = consumed === visited;
  return {
    ...before,
    afterRid: isDone ? item.rid : item.rid - 1,
    consumed: isDone ? 0 : consumed,
    seen,
  };
};
