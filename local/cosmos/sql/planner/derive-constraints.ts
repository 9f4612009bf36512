import type { BinaryOperator, Call, Expression, Value } from "../ast.ts";
import type { Bound } from "../source.ts";
import { isArray, isPrimitive } from "../value-order.ts";
import { constantValue, constantValues, type ParameterValues } from "./constant.ts";
import { allOf, anyOf, type Constraint, type Constraints, oneOf, within } from "./constraint.ts";
import { documentPath } from "./document-path.ts";

type Context = { readonly alias: string | undefined; readonly parameters: ParameterValues };

/**
 * Derives what must hold for single paths wherever a condition is true.
 *
 * shape   an over-approximation: it may say less than the condition, never more
 */
export const deriveConstraints = (condition: Expression, context: Context): Constraints => {
  const path = documentPath(condition, context.alias);
  if (path !== undefined) return only(path, oneOf([true]));
  switch (condition.kind) {
    case "binary":
      return deriveBinary(condition, context);
    case "unary":
      return condition.operator === "NOT" ? deriveNegation(condition.operand, context) : NOTHING;
    case "in": {
      const values = constantValues(condition.items, context.parameters);
      return values ? memberOf(condition.value, values, context) : NOTHING;
    }
    case "between": {
      const low = constantValue(condition.low, context.parameters);
      const high = constantValue(condition.high, context.parameters);
      return allOf(
        low ? compared(">=", condition.value, low.value, context) : NOTHING,
        high ? compared("<=", condition.value, high.value, context) : NOTHING,
      );
    }
    case "call":
      return deriveCall(condition, context);
    default:
      return NOTHING;
  }
};

const NOTHING: Constraints = new Map();

const only = (path: string | undefined, constraint: Constraint): Constraints =>
  path === undefined || path === "" ? NOTHING : new Map([[path, constraint]]);

const DEFINED: Constraint = { isDefined: true };

const MIRRORED: Partial<Record<BinaryOperator, BinaryOperator>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

const deriveBinary = (
  { operator, left, right }: Extract<Expression, { kind: "binary" }>,
  context: Context,
): Constraints => {
  const of = (side: Expression): Constraints => deriveConstraints(side, context);
  if (operator === "AND") return allOf(of(left), of(right));
  if (operator === "OR") return anyOf(of(left), of(right));
  const mirrored = MIRRORED[operator];
  if (!mirrored) return NOTHING;
  const onRight = constantValue(right, context.parameters);
  if (onRight) return compared(operator, left, onRight.value, context);
  const onLeft = constantValue(left, context.parameters);
  return onLeft ? compared(mirrored, right, onLeft.value, context) : NOTHING;
};

const compared = (
  operator: BinaryOperator,
  side: Expression,
  value: Value,
  { alias }: Context,
): Constraints => {
  const path = documentPath(side, alias);
  if (operator === "!=") return only(path, DEFINED);
  if (operator === "=") {
    if (value === undefined) return only(path, oneOf([]));
    return only(path, isPrimitive(value) ? oneOf([value]) : DEFINED);
  }
  return only(
    path,
    typeof value === "number" || typeof value === "string" ? range(operator, value) : DEFINED,
  );
};

/** A range never leaves the type of its bound. */
const range = (operator: BinaryOperator, value: number | string): Constraint => {
  const bound: Bound = { value, inclusive: operator === ">=" || operator === "<=" };
  const isLower = operator === ">" || operator === ">=";
  const type = typeof value === "number" ? NUMBERS : STRINGS;
  return isLower ? within(bound, type.upper) : within(type.lower, bound);
};

const NUMBERS = within({ value: true, inclusive: false }, { value: "", inclusive: false });
const STRINGS = within({ value: "", inclusive: true }, undefined);

const memberOf = (side: Expression, values: readonly Value[], { alias }: Context): Constraints => {
  const defined = values.filter((value) => value !== undefined);
  const path = documentPath(side, alias);
  return only(path, defined.every(isPrimitive) ? oneOf(defined) : DEFINED);
};

const deriveNegation = (operand: Expression, { alias }: Context): Constraints => {
  const path = documentPath(operand, alias);
  if (path !== undefined) return only(path, oneOf([false]));
  if (operand.kind !== "call" || operand.isUdf) return NOTHING;
  const [argument] = operand.args;
  if (operand.name.toUpperCase() !== "IS_DEFINED" || !argument) return NOTHING;
  return only(documentPath(argument, alias), oneOf([undefined]));
};

const TYPE_CONSTRAINTS: Readonly<Record<string, Constraint>> = {
  IS_DEFINED: DEFINED,
  IS_NULL: oneOf([null]),
  IS_BOOL: oneOf([false, true]),
  IS_NUMBER: NUMBERS,
  IS_STRING: STRINGS,
  IS_ARRAY: DEFINED,
  IS_OBJECT: DEFINED,
  IS_PRIMITIVE: DEFINED,
};

const deriveCall = ({ name, isUdf, args }: Call, context: Context): Constraints => {
  const [first, second] = args;
  if (isUdf || !first) return NOTHING;
  const path = documentPath(first, context.alias);
  const upper = name.toUpperCase();
  const ofType = TYPE_CONSTRAINTS[upper];
  if (ofType) return only(path, ofType);
  if (!second) return NOTHING;
  if (upper === "STARTSWITH" && args.length === 2) {
    const prefix = constantValue(second, context.parameters)?.value;
    return typeof prefix === "string" ? only(path, startingWith(prefix)) : NOTHING;
  }
  if (upper === "ARRAY_CONTAINS" && args.length === 2) {
    const items = constantValue(first, context.parameters)?.value;
    return isArray(items) ? memberOf(second, items, context) : NOTHING;
  }
  return NOTHING;
};

const startingWith = (prefix: string): Constraint => {
  const last = prefix.charCodeAt(prefix.length - 1);
  if (prefix === "" || last === 0xffff)
    return within({ value: prefix, inclusive: true }, undefined);
  const next = prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return within({ value: prefix, inclusive: true }, { value: next, inclusive: false });
};
