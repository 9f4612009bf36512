import type { Value } from "../ast.ts";
import { isArray, isObject } from "../value-order.ts";
import { ofString, type ScalarFunction, scalar } from "./scalar-function.ts";

/** Reads a text as JSON and keeps the value if it is of the wanted type. */
const parsed = (isWanted: (value: Value) => boolean): ScalarFunction =>
  ofString((text) => {
    try {
      const value = JSON.parse(text) as Value;
      return isWanted(value) ? value : undefined;
    } catch {
      return undefined;
    }
  });

const toText = ([value]: readonly Value[]): Value => {
  if (value === undefined || typeof value === "string") return value;
  return JSON.stringify(value);
};

const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

/** Functions between texts and other values. */
export const STRING_CONVERSIONS: Readonly<Record<string, ScalarFunction>> = {
  TOSTRING: scalar(1, 1, toText),
  STRINGTONUMBER: ofString((text) => (NUMBER.test(text) ? Number(text) : undefined)),
  STRINGTOBOOLEAN: parsed((value) => typeof value === "boolean"),
  STRINGTONULL: parsed((value) => value === null),
  STRINGTOARRAY: parsed(isArray),
  STRINGTOOBJECT: parsed(isObject),
};
