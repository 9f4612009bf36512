import type { Expression, Value } from "../ast.ts";

/** Values of the parameters that a run was given. */
export type ParameterValues = (name: string) => Value;

export type Constant = { readonly value: Value };

/** The value of an expression that is the same for all documents, as far as that is plain to see. */
export const constantValue = (
  expression: Expression,
  parameters: ParameterValues,
): Constant | undefined => {
  if (expression.kind === "literal") return { value: expression.value };
  if (expression.kind === "parameter") return { value: parameters(expression.name) };
  if (expression.kind !== "array") return undefined;
  const items = constantValues(expression.items, parameters);
  return items && { value: items.filter((item) => item !== undefined) };
};

export const constantValues = (
  expressions: readonly Expression[],
  parameters: ParameterValues,
): Value[] | undefined => {
  const values: Value[] = [];
  for (const expression of expressions) {
    const constant = constantValue(expression, parameters);
    if (!constant) return undefined;
    values.push(constant.value);
  }
  return values;
};
