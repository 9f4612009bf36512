import type { IndexAccess } from "./planner/choose-index.ts";
import type { Source, SourceItem } from "./source.ts";

/** The documents of one source, as narrow as the chosen index allows. */
export type SourceReader = {
  /** All documents behind a rid in insertion order. */
  readonly scan: (afterRid: number) => Iterable<SourceItem>;
  /** Those that can matter, in insertion order; undefined when no index makes them few. */
  readonly few: () => readonly SourceItem[] | undefined;
  /** Those that can matter, in any order. */
  readonly candidates: () => Iterable<SourceItem>;
};

/** Documents that an index may give before a query in insertion order had better scan. */
const MAX_FEW = 4_000;

/** Makes the reader; `ids`, if given, are the only ones that documents which matter can have. */
export const sourceReader = (
  source: Source,
  access: IndexAccess | undefined,
  ids: readonly string[] | undefined,
): SourceReader => {
  const scan = (afterRid: number): Iterable<SourceItem> => source.scan(afterRid);
  const { byIds } = source;
  if (ids && byIds) {
    const inOrder = () => byIds(ids).toSorted((a, b) => a.rid - b.rid);
    return { scan, few: inOrder, candidates: inOrder };
  }
  if (!access) return { scan, few: () => undefined, candidates: () => scan(-1) };
  const candidates = function* (): Iterable<SourceItem> {
    for (const seek of access.seeks) yield* source.seek(seek);
  };
  const few = (): readonly SourceItem[] | undefined => {
    const items: SourceItem[] = [];
    for (const item of candidates()) {
      if (items.length >= MAX_FEW) return undefined;
      items.push(item);
    }
    return items.sort((a, b) => a.rid - b.rid);
  };
  return { scan, few, candidates };
};
