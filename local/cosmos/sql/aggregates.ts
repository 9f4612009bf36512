import type { Value } from "./ast.ts";
import type { Compiled } from "./row.ts";
import { canonicalText, compareValues, isPrimitive } from "./value-order.ts";

/** One aggregate of a query: what to feed it with, and how to begin. */
export type Aggregate = {
  readonly start: () => Accumulator;
  readonly argument: Compiled;
  /** Its result depends on the order of the rows. */
  readonly keepsOrder: boolean;
};

export type Accumulator = { readonly add: (value: Value) => void; readonly result: () => Value };

/** Tells whether a function name is that of an aggregate. */
export const isAggregate = (name: string): boolean => AGGREGATES.has(name.toUpperCase());

/** Begins an aggregate; undefined values never count. */
export const startAggregate = (name: string): Accumulator => {
  const start = AGGREGATES.get(name.toUpperCase());
  if (!start) throw new Error(`${name} is no aggregate.`);
  return start();
};

const count = (counts: (value: Value) => boolean): Accumulator => {
  let total = 0;
  return {
    add: (value) => {
      if (counts(value)) total += 1;
    },
    result: () => total,
  };
};

/**
 * Sum and average: one value that is no number makes the result undefined.
 *
 * source  Azure/azure-cosmos-dotnet-v3, tests/Query/OfflineEngine/AggregateProjectionTransformer.cs
 */
const sum = (result: (total: number, numbers: number) => Value): Accumulator => {
  let total = 0;
  let numbers = 0;
  let isNumeric = true;
  return {
    add: (value) => {
      if (value === undefined) return;
      if (typeof value !== "number") isNumeric = false;
      else total += value;
      numbers += 1;
    },
    result: () => (isNumeric ? result(total, numbers) : undefined),
  };
};

/** Minimum and maximum over all primitive types; an array or object makes them undefined. */
const extreme = (isBetter: (order: number) => boolean): Accumulator => {
  let best: Value;
  let isComparable = true;
  return {
    add: (value) => {
      if (value === undefined) return;
      if (!isPrimitive(value)) isComparable = false;
      else if (best === undefined || isBetter(compareValues(value, best))) best = value;
    },
    result: () => (isComparable ? best : undefined),
  };
};

const collect = (keyOf: (value: Value, index: number) => string): Accumulator => {
  const values = new Map<string, Value>();
  return {
    add: (value) => {
      const key = keyOf(value, values.size);
      if (value !== undefined && !values.has(key)) values.set(key, value);
    },
    result: () => [...values.values()].filter((value) => value !== undefined),
  };
};

const AGGREGATES = new Map<string, () => Accumulator>([
  ["COUNT", () => count((value) => value !== undefined)],
  ["COUNTIF", () => count((value) => value === true)],
  ["SUM", () => sum((total) => total)],
  ["AVG", () => sum((total, numbers) => (numbers === 0 ? undefined : total / numbers))],
  ["MIN", () => extreme((order) => order < 0)],
  ["MAX", () => extreme((order) => order > 0)],
  ["MAKELIST", () => collect((_, index) => String(index))],
  ["MAKESET", () => collect(canonicalText)],
]);
