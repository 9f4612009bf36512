import { valueAt } from "../partitioning/partition-key.ts";
import type { CompositeIndex, Seek, Source, SourceItem } from "../sql/source.ts";
import { indexKey } from "../store/index-key.ts";
import type { Container } from "../store/physical-partition.ts";
import type { Store } from "../store/store.ts";
import type { ReadScope } from "./read-scope.ts";

/** Offers what a request addresses to a query: one partition's items, or several merged in order. */
export const itemSource = (
  store: Store,
  { compositeIndexes }: Container,
  { partitions, scope }: ReadScope,
): Source => {
  const sources = partitions.map((one) => store.reader(one).source(compositeIndexes, scope));
  const [only] = sources;
  return only && sources.length === 1 ? only : merged(sources, compositeIndexes);
};

type Entry = { readonly item: SourceItem; readonly key: Buffer };
type Compare = (a: Entry, b: Entry) => number;

const merged = (
  sources: readonly Source[],
  compositeIndexes: readonly CompositeIndex[],
): Source => ({
  compositeIndexes,
  fixed: sources[0]?.fixed ?? new Map(),
  scan: (afterRid) =>
    merge(
      sources.map((source) => source.scan(afterRid)),
      [],
      byInsertion,
    ),
  seek: (seek) =>
    merge(
      sources.map((source) => source.seek(seek)),
      compositeIndexes[seek.index]?.paths ?? [],
      byKey(seek),
    ),
});

const byInsertion: Compare = (a, b) => a.item.rid - b.item.rid;

const byKey =
  ({ descending }: Seek): Compare =>
  (a, b) => {
    const order = Buffer.compare(a.key, b.key);
    return order === 0 ? byInsertion(a, b) : descending ? -order : order;
  };

/** Merges sequences that are each in order; a container has few partitions, so it looks at all. */
function* merge(
  sequences: readonly Iterable<SourceItem>[],
  paths: readonly string[],
  compare: Compare,
): Iterable<SourceItem> {
  const iterators = sequences.map((sequence) => sequence[Symbol.iterator]());
  const next = (iterator: Iterator<SourceItem>): Entry | undefined => {
    const { done, value } = iterator.next();
    if (done) return undefined;
    const values = paths.map((path) => valueAt(value.value, path));
    return { item: value, key: indexKey(values) };
  };
  const heads = iterators.map(next);
  for (;;) {
    let first = -1;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i];
      const best = heads[first];
      if (head && (!best || compare(head, best) < 0)) first = i;
    }
    const head = heads[first];
    const iterator = iterators[first];
    if (!head || !iterator) return;
    yield head.item;
    heads[first] = next(iterator);
  }
}
