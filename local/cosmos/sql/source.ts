import type { JsonObject, JsonValue } from "../json.ts";

/** A stored document as a query sees it; `value` is parsed on first use. */
export type SourceItem = {
  readonly rid: number;
  readonly text: string;
  readonly value: JsonObject;
};

/** One composite index of the container's indexing policy, paths as declared ("/type"). */
export type CompositeIndex = { readonly paths: readonly string[] };

export type Bound = { readonly value: JsonValue; readonly inclusive: boolean };

/**
 * A range of one composite index: the first paths equal `prefix` (undefined: the path is missing),
 * the next path lies within the bounds.
 */
export type Seek = {
  readonly index: number;
  readonly prefix: readonly (JsonValue | undefined)[];
  readonly lower?: Bound;
  readonly upper?: Bound;
  readonly descending: boolean;
};

/**
 * What a query reads from: one physical partition, or the part of it that the request addresses.
 *
 * A composite index holds a document only if the document defines the index's last path. Its order is
 * the values of the paths (undefined < null < false < true < number < string < array < object), then
 * insertion.
 */
export interface Source {
  readonly compositeIndexes: readonly CompositeIndex[];
  /** Paths whose value the request fixes (the partition key header). */
  readonly fixed: ReadonlyMap<string, JsonValue>;
  /** Yields items in insertion order, those with a greater rid than `afterRid` only. */
  scan(afterRid: number): Iterable<SourceItem>;
  seek(seek: Seek): Iterable<SourceItem>;
  /** Finds items by their ids; only a source of one logical partition can. */
  readonly byIds?: (ids: readonly string[]) => readonly SourceItem[];
}
