import type { Expression, SelectItem } from "./ast.ts";
import { semanticError } from "./syntax-error.ts";

/**
 * Names the projections of a SELECT list: by alias, by the last property, or `$1`, `$2` …
 *
 * errors  400 when two have the same name
 */
export const namedItems = (
  items: readonly SelectItem[],
): (readonly [name: string, expression: Expression])[] => {
  let unnamed = 0;
  const names = new Set<string>();
  return items.map(({ expression, alias }) => {
    const name = alias ?? propertyName(expression) ?? `$${++unnamed}`;
    if (names.has(name)) {
      throw semanticError(`Cannot create two properties with the name '${name}' in one object.`);
    }
    names.add(name);
    return [name, expression];
  });
};

const propertyName = (expression: Expression): string | undefined => {
  if (expression.kind === "identifier") return expression.name;
  if (expression.kind !== "member" || expression.key.kind !== "literal") return undefined;
  return typeof expression.key.value === "string" ? expression.key.value : undefined;
};
