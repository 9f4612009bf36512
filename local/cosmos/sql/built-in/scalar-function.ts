import type { JsonValue } from "../../json.ts";
import type { Value } from "../ast.ts";
import { isArray } from "../value-order.ts";

/** What a function may know besides its arguments. */
export type FunctionContext = { readonly nowMs: number };

/** A built-in scalar function; arguments may be undefined, and what it cannot do is undefined. */
export type ScalarFunction = {
  readonly minimum: number;
  readonly maximum: number;
  readonly run: (args: readonly Value[], context: FunctionContext) => Value;
};

type Run = ScalarFunction["run"];

export const scalar = (minimum: number, maximum: number, run: Run): ScalarFunction => ({
  minimum,
  maximum,
  run,
});

/** A function of numbers only; non-finite results are undefined, JSON has none. */
export const ofNumbers = (
  count: number,
  run: (...numbers: number[]) => number | undefined,
): ScalarFunction =>
  scalar(count, count, (args) => {
    const result = args.every(isNumber) ? run(...args) : undefined;
    return result !== undefined && Number.isFinite(result) ? result : undefined;
  });

/** A function of one string. */
export const ofString = (run: (text: string) => Value): ScalarFunction =>
  scalar(1, 1, ([text]) => (typeof text === "string" ? run(text) : undefined));

/** A function of one array. */
export const ofArray = (run: (items: readonly JsonValue[]) => Value): ScalarFunction =>
  scalar(1, 1, ([items]) => (isArray(items) ? run(items) : undefined));

export const isNumber = (value: Value): value is number => typeof value === "number";

export const isString = (value: Value): value is string => typeof value === "string";
