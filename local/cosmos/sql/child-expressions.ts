import type { Expression } from "./ast.ts";

/** Lists the expressions directly inside one, without those of a subquery. */
export const childExpressions = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case "member":
      return [expression.object, expression.key];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case "in":
      return [expression.value, ...expression.items];
    case "between":
      return [expression.value, expression.low, expression.high];
    case "like":
      return [expression.value, expression.pattern];
    case "call":
      return expression.args;
    case "array":
      return expression.items;
    case "object":
      return expression.properties.map(({ value }) => value);
    default:
      return [];
  }
};
