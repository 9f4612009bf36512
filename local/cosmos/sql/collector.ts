import type { Accumulator } from "./aggregates.ts";
import type { Value } from "./ast.ts";
import type { CompiledQuery } from "./compile-query.ts";
import type { Row } from "./row.ts";
import type { SourceItem } from "./source.ts";
import { canonicalText, compareValues } from "./value-order.ts";

/** Where a row comes from; rows that ORDER BY does not tell apart stand in this order. */
export type Place = {
  readonly source: number;
  readonly rid: number;
  /** Counts the rows that one document has. */
  readonly ordinal: number;
};

export type CollectedRow = {
  readonly value: Value;
  readonly keys: readonly Value[];
  readonly place: Place;
  /** The document itself, where the result is one. */
  readonly item: SourceItem | undefined;
};

/** Takes the rows of a query in any order and gives its results in theirs. */
export type Collector = {
  /** Takes the row as its sources are bound now. */
  readonly add: (place: Place, item?: SourceItem) => void;
  /** All results in order, distinct where asked for; OFFSET, LIMIT and TOP are left to the caller. */
  readonly rows: () => CollectedRow[];
};

export const createCollector = (query: CompiledQuery, row: Row): Collector => {
  const collector = query.groupBy ? groups(query, row, query.groupBy) : singles(query, row);
  const compare = rowOrder(query);
  return {
    add: collector.add,
    rows: () => {
      const sorted = collector.rows().sort(compare);
      return query.distinct ? distinctRows(sorted) : sorted;
    },
  };
};

/** Compares rows as ORDER BY says, then by their place. */
export const rowOrder = ({ orderBy }: CompiledQuery) => {
  const directions = orderBy.map(({ descending }) => (descending ? -1 : 1));
  return (a: Pick<CollectedRow, "keys" | "place">, b: Pick<CollectedRow, "keys" | "place">) => {
    for (let i = 0; i < directions.length; i++) {
      const order = compareValues(a.keys[i], b.keys[i]);
      if (order !== 0) return order * (directions[i] ?? 1);
    }
    return comparePlaces(a.place, b.place);
  };
};

const comparePlaces = (a: Place, b: Place): number =>
  a.source - b.source || a.rid - b.rid || a.ordinal - b.ordinal;

const singles = (query: CompiledQuery, row: Row): Collector => {
  const all: CollectedRow[] = [];
  return {
    add: (place, item) => {
      const value = query.project(row);
      if (value === undefined) return;
      all.push({ value, keys: query.orderBy.map((key) => key.value(row)), place, item });
    },
    rows: () => all,
  };
};

type Group = {
  readonly slots: readonly Value[];
  readonly accumulators: readonly Accumulator[];
  place: Place;
};

const groups = (
  query: CompiledQuery,
  row: Row,
  groupBy: NonNullable<CompiledQuery["groupBy"]>,
): Collector => {
  const all = new Map<string, Group>();
  const begin = (place: Place): Group => ({
    slots: row.slots.slice(),
    accumulators: query.aggregates.map(({ start }) => start()),
    place,
  });
  return {
    add: (place) => {
      const key = groupBy.map((expression) => canonicalText(expression(row))).join();
      let group = all.get(key);
      if (!group) {
        group = begin(place);
        all.set(key, group);
      } else if (comparePlaces(place, group.place) < 0) {
        group.place = place;
      }
      for (let i = 0; i < query.aggregates.length; i++) {
        group.accumulators[i]?.add(query.aggregates[i]?.argument(row));
      }
    },
    rows: () => {
      const found = [...all.values()];
      const whole = groupBy.length === 0 && found.length === 0;
      return (whole ? [begin({ source: 0, rid: 0, ordinal: 0 })] : found).flatMap((group) =>
        groupResult(query, row, group),
      );
    },
  };
};

const groupResult = (query: CompiledQuery, row: Row, group: Group): CollectedRow[] => {
  group.slots.forEach((value, slot) => {
    row.slots[slot] = value;
  });
  row.aggregates = group.accumulators.map(({ result }) => result());
  const value = query.project(row);
  const keys = query.orderBy.map((key) => key.value(row));
  return value === undefined ? [] : [{ value, keys, place: group.place, item: undefined }];
};

const distinctRows = (rows: readonly CollectedRow[]): CollectedRow[] => {
  const seen = new Set<string>();
  return rows.filter(({ value }) => {
    const key = canonicalText(value);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};
