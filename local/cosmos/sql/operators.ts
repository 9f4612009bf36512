import type { BinaryOperator, UnaryOperator, Value } from "./ast.ts";
import { compareValues, equalValues, isPrimitive } from "./value-order.ts";

/** Operators that look at both operands; AND, OR and ?? do not always. */
export type StrictOperator = Exclude<BinaryOperator, "AND" | "OR" | "??">;

type Binary = (left: Value, right: Value) => Value;

/** Whether both are defined and equal; undefined when one is not defined. */
export const equals: Binary = (left, right) =>
  left === undefined || right === undefined ? undefined : equalValues(left, right);

const notEquals: Binary = (left, right) =>
  left === undefined || right === undefined ? undefined : !equalValues(left, right);

/** Inequalities hold between primitives of one type; between others they are undefined. */
const inequality =
  (holds: (order: number) => boolean): Binary =>
  (left, right) => {
    if (typeof left !== typeof right || !isPrimitive(left) || !isPrimitive(right)) return undefined;
    if ((left === null) !== (right === null)) return undefined;
    return holds(compareValues(left, right));
  };

export const atLeast = inequality((order) => order >= 0);
export const atMost = inequality((order) => order <= 0);

/** Three-valued AND: false wins over undefined. */
export const and: Binary = (left, right) => {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : undefined;
};

/** Three-valued OR: true wins over undefined. */
export const or: Binary = (left, right) => {
  if (left === true || right === true) return true;
  return left === false && right === false ? false : undefined;
};

const arithmetic =
  (operation: (left: number, right: number) => number): Binary =>
  (left, right) =>
    typeof left === "number" && typeof right === "number"
      ? finite(operation(left, right))
      : undefined;

/** JSON has no infinities; the service's setting `sqlAllowNonFiniteNumbers` is false. */
export const finite = (value: number): Value => (Number.isFinite(value) ? value : undefined);

export const BINARY_OPERATORS: Readonly<Record<StrictOperator, Binary>> = {
  "=": equals,
  "!=": notEquals,
  "<": inequality((order) => order < 0),
  "<=": atMost,
  ">": inequality((order) => order > 0),
  ">=": atLeast,
  "||": (left, right) =>
    typeof left === "string" && typeof right === "string" ? left + right : undefined,
  "+": arithmetic((left, right) => left + right),
  "-": arithmetic((left, right) => left - right),
  "*": arithmetic((left, right) => left * right),
  "/": arithmetic((left, right) => left / right),
  "%": arithmetic((left, right) => left % right),
  "&": arithmetic((left, right) => left & right),
  "|": arithmetic((left, right) => left | right),
  "^": arithmetic((left, right) => left ^ right),
  "<<": arithmetic((left, right) => left << right),
  ">>": arithmetic((left, right) => left >> right),
  ">>>": arithmetic((left, right) => left >>> right),
};

export const UNARY_OPERATORS: Readonly<Record<UnaryOperator, (operand: Value) => Value>> = {
  NOT: (operand) => (typeof operand === "boolean" ? !operand : undefined),
  "-": (operand) => (typeof operand === "number" ? -operand : undefined),
  "+": (operand) => (typeof operand === "number" ? operand : undefined),
  "~": (operand) => (typeof operand === "number" ? ~operand : undefined),
};
