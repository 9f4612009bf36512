import type { JsonObject, JsonValue } from "../../local/cosmos/json.ts";
import type { Bound, CompositeIndex, Seek, Source } from "../../local/cosmos/sql/source.ts";
import { compareValues } from "../../local/cosmos/sql/value-order.ts";

type Options = {
  readonly indexes?: readonly (readonly string[])[];
  readonly fixed?: Readonly<Record<string, JsonValue>>;
  /** Number of the first document; each further one has the next. */
  readonly firstRid?: number;
};

export type ArraySource = Source & {
  /** Documents handed out so far. */
  readonly reads: () => number;
};

/** A source over an array that keeps the promises of composite indexes by sorting for each seek. */
export const arraySource = (
  documents: readonly JsonObject[],
  { indexes = [], fixed = {}, firstRid = 1 }: Options = {},
): ArraySource => {
  let reads = 0;
  const items = documents.map((value, i) => ({
    rid: firstRid + i,
    text: JSON.stringify(value),
    value,
  }));
  const compositeIndexes: CompositeIndex[] = indexes.map((paths) => ({ paths }));
  const counted = function* (found: readonly (typeof items)[number][]) {
    for (const item of found) {
      reads += 1;
      yield item;
    }
  };
  return {
    compositeIndexes,
    fixed: new Map(Object.entries(fixed)),
    reads: () => reads,
    scan: (afterRid) => counted(items.filter(({ rid }) => rid > afterRid)),
    seek: (seek) => {
      const paths = compositeIndexes[seek.index]?.paths ?? [];
      const keyed = items
        .map((item) => ({ item, key: paths.map((path) => valueAt(item.value, path)) }))
        .filter(({ key }) => key.at(-1) !== undefined && isInside(key, seek));
      keyed.sort((a, b) => {
        const order = compareKeys(a.key, b.key);
        return (seek.descending ? -order : order) || a.item.rid - b.item.rid;
      });
      return counted(keyed.map(({ item }) => item));
    },
  };
};

type Value = JsonValue | undefined;

const valueAt = (document: JsonObject, path: string): Value => {
  let value: Value = document;
  for (const name of path.slice(1).split("/")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
};

const compareKeys = (a: readonly Value[], b: readonly Value[]): number => {
  for (let i = 0; i < a.length; i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
};

const isInside = (key: readonly Value[], { prefix, lower, upper }: Seek): boolean => {
  if (!prefix.every((value, i) => compareValues(value, key[i]) === 0)) return false;
  const next = key[prefix.length];
  const beyond = (bound: Bound, sign: number): boolean => {
    const order = compareValues(next, bound.value) * sign;
    return bound.inclusive ? order >= 0 : order > 0;
  };
  return (!lower || beyond(lower, 1)) && (!upper || beyond(upper, -1));
};
