import { badRequest } from "../cosmos-error.ts";
import type { CompiledQuery } from "./compile-query.ts";
import type { Compiled, Row } from "./row.ts";

/** Which of all rows a query returns: from `offset`, before `end`. */
export type RowWindow = { readonly offset: number; readonly end: number };

/**
 * Evaluates TOP, OFFSET and LIMIT.
 *
 * errors  400 when one of them is no non-negative integer
 */
export const rowWindow = (query: CompiledQuery, row: Row): RowWindow => {
  const top = evaluate("TOP", query.top, row) ?? Number.POSITIVE_INFINITY;
  const offset = evaluate("OFFSET", query.offset, row) ?? 0;
  const limit = evaluate("LIMIT", query.limit, row) ?? Number.POSITIVE_INFINITY;
  return { offset, end: offset + Math.min(top, limit) };
};

const evaluate = (clause: string, compiled: Compiled | undefined, row: Row): number | undefined => {
  if (!compiled) return undefined;
  const value = compiled(row);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw badRequest(`The value of ${clause} must be a non-negative integer.`);
};
