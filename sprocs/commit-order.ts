import { insertionNumber } from "../domain/insertion-number.ts";

type Placed = { readonly id: string; readonly _ts: number; readonly _rid: string };

/**
 * Sorts pending requests into the order in which Cosmos DB committed them, as far as anyone can
 * know it: by second; within a second by insertion, except that a request which the change feed
 * showed after a younger one was replaced while pending, so that its place is behind that one.
 *
 * shape   feedOrder: ids in feed order; ids that are not pending any more do not matter
 * source  ARCHITECTURE.md I4. `_ts` has whole seconds, and a script does not see `_lsn`
 */
export const inCommitOrder = <D extends Placed>(
  pending: readonly D[],
  feedOrder: readonly string[],
): readonly D[] => {
  const keys = feedKeys(pending, feedOrder);
  const placed = pending.map((document) => ({
    document,
    key: keys.get(document.id) || { insertion: insertionNumber(document._rid), feedIndex: 0 },
  }));
  placed.sort(
    (a, b) =>
      a.document._ts - b.document._ts ||
      compareTexts(a.key.insertion, b.key.insertion) ||
      a.key.feedIndex - b.key.feedIndex,
  );
  return placed.map(({ document }) => document);
};

type Key = { readonly insertion: string; readonly feedIndex: number };

/** Gives each request that the feed showed the greatest insertion number of its second so far. */
const feedKeys = (pending: readonly Placed[], feedOrder: readonly string[]): Map<string, Key> => {
  const byId = new Map<string, Placed>();
  for (const document of feedOrder.length === 0 ? [] : pending) byId.set(document.id, document);
  const greatest = new Map<number, string>();
  const keys = new Map<string, Key>();
  feedOrder.forEach((id, feedIndex) => {
    const document = byId.get(id);
    if (document === undefined) return;
    const own = insertionNumber(document._rid);
    const before = greatest.get(document._ts);
    const insertion = before === undefined || compareTexts(own, before) > 0 ? own : before;
    greatest.set(document._ts, insertion);
    keys.set(id, { insertion, feedIndex });
  });
  return keys;
};

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
