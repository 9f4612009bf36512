import type { Value } from "../ast.ts";
import { isArray, isObject, isPrimitive } from "../value-order.ts";
import { isNumber, isString, type ScalarFunction, scalar } from "./scalar-function.ts";

const check = (holds: (value: Value) => boolean): ScalarFunction =>
  scalar(1, 1, ([value]) => holds(value));

/** Questions about the type of a value; never undefined themselves. */
export const TYPE_CHECKS: Readonly<Record<string, ScalarFunction>> = {
  IS_DEFINED: check((value) => value !== undefined),
  IS_NULL: check((value) => value === null),
  IS_BOOL: check((value) => typeof value === "boolean"),
  IS_NUMBER: check(isNumber),
  IS_STRING: check(isString),
  IS_ARRAY: check(isArray),
  IS_OBJECT: check(isObject),
  IS_PRIMITIVE: check(isPrimitive),
  IS_INTEGER: check(Number.isInteger),
  IS_FINITE_NUMBER: check(Number.isFinite),
  IIF: scalar(3, 3, ([condition, whenTrue, otherwise]) =>
    condition === true ? whenTrue : otherwise,
  ),
};
