import type { JsonObject, JsonValue } from "../json.ts";
import type { Value } from "./ast.ts";

/**
 * Orders any two values as ORDER BY does:
 * undefined < null < false < true < number < string < array < object.
 *
 * Strings compare by UTF-16 code unit; arrays and objects by their JSON text, so that the order is
 * total and that of the composite indexes.
 */
export const compareValues = (a: Value, b: Value): number => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const rank = typeRank(a) - typeRank(b);
  if (rank !== 0 || typeof a !== "object" || a === null) return rank;
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};

const typeRank = (value: Value): number => {
  switch (typeof value) {
    case "undefined":
      return 0;
    case "boolean":
      return value ? 3 : 2;
    case "number":
      return 4;
    case "string":
      return 5;
    default:
      return value === null ? 1 : Array.isArray(value) ? 6 : 7;
  }
};

/** Tells whether two defined values are the same, whatever the order of properties. */
export const equalValues = (a: JsonValue, b: JsonValue): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isArray(a) || isArray(b)) {
    return isArray(a) && isArray(b) && a.length === b.length && a.every(isEqualTo(b));
  }
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameProperty(key, a, b));
};

/** `Array.isArray` that knows readonly arrays. */
export const isArray = (value: Value): value is readonly JsonValue[] => Array.isArray(value);

export const isObject = (value: Value): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Null, boolean, number or string. */
export const isPrimitive = (value: Value): value is null | boolean | number | string =>
  value !== undefined && (typeof value !== "object" || value === null);

/** A text that two values share if and only if they are equal. */
export const canonicalText = (value: Value): string => {
  if (value === undefined) return "undefined";
  if (isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const properties = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`);
  return `{${properties.join()}}`;
};

const isEqualTo =
  (others: readonly JsonValue[]) =>
  (value: JsonValue, index: number): boolean =>
    equalValues(value, others[index] ?? null);

const sameProperty = (key: string, a: JsonObject, b: JsonObject): boolean => {
  if (!Object.hasOwn(a, key) || !Object.hasOwn(b, key)) return false;
  return equalValues(a[key] ?? null, b[key] ?? null);
};
