import type { Expression } from "./ast.ts";

/** The name that a projected expression gets without an alias: that of its last property. */
export const propertyName = (expression: Expression): string | undefined => {
  if (expression.kind === "identifier") return expression.name;
  if (expression.kind !== "member" || expression.key.kind !== "literal") return undefined;
  return typeof expression.key.value === "string" ? expression.key.value : undefined;
};
