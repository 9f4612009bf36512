import type { Value } from "../ast.ts";
import type { Bound } from "../source.ts";
import { canonicalText, compareValues } from "../value-order.ts";

/** What holds for the value of one path in every document that matters. */
export type Constraint = {
  /** It is one of these. */
  readonly values?: readonly Value[];
  readonly lower?: Bound;
  readonly upper?: Bound;
  readonly isDefined: boolean;
};

/** Constraints by path. */
export type Constraints = ReadonlyMap<string, Constraint>;

export const oneOf = (values: readonly Value[]): Constraint => ({
  values: [...new Map(values.map((value) => [canonicalText(value), value])).values()],
  isDefined: values.every((value) => value !== undefined),
});

export const within = (lower: Bound | undefined, upper: Bound | undefined): Constraint => ({
  ...(lower ? { lower } : {}),
  ...(upper ? { upper } : {}),
  isDefined: true,
});

/** Both hold. */
export const bothOf = (a: Constraint, b: Constraint): Constraint => {
  const values = a.values && b.values ? common(a.values, b.values) : (a.values ?? b.values);
  const lower = tighter(a.lower, b.lower, 1);
  const upper = tighter(a.upper, b.upper, -1);
  return {
    ...(values ? { values } : {}),
    ...(lower ? { lower } : {}),
    ...(upper ? { upper } : {}),
    isDefined: a.isDefined || b.isDefined,
  };
};

/** At least one holds; what only one of them says is lost. */
export const eitherOf = (a: Constraint, b: Constraint): Constraint => {
  if (a.values && b.values) return oneOf([...a.values, ...b.values]);
  return { isDefined: a.isDefined && b.isDefined };
};

/** All constraints of two conditions that both hold. */
export const allOf = (a: Constraints, b: Constraints): Constraints => {
  const all = new Map(a);
  for (const [path, constraint] of b) {
    const other = all.get(path);
    all.set(path, other ? bothOf(other, constraint) : constraint);
  }
  return all;
};

/** What is left when only one of two conditions holds: paths that both speak of. */
export const anyOf = (a: Constraints, b: Constraints): Constraints => {
  const shared = new Map<string, Constraint>();
  for (const [path, constraint] of a) {
    const other = b.get(path);
    if (other) shared.set(path, eitherOf(constraint, other));
  }
  return shared;
};

const common = (a: readonly Value[], b: readonly Value[]): Value[] => {
  const keys = new Set(b.map(canonicalText));
  return a.filter((value) => keys.has(canonicalText(value)));
};

const tighter = (
  a: Bound | undefined,
  b: Bound | undefined,
  direction: 1 | -1,
): Bound | undefined => {
  if (!a || !b) return a ?? b;
  const order = compareValues(a.value, b.value) * direction;
  if (order === 0) return a.inclusive ? b : a;
  return order > 0 ? a : b;
};
