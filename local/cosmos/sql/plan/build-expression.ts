import type { Expression } from "../ast.ts";

/** Small pieces of syntax for rewritten queries. */
export const identifier = (name: string): Expression => ({
  kind: "identifier",
  name,
  position: 0,
});

export const member = (object: Expression, name: string): Expression => ({
  kind: "member",
  object,
  key: { kind: "literal", value: name },
});

export const call = (name: string, argument: Expression): Expression => ({
  kind: "call",
  name,
  isUdf: false,
  args: [argument],
  position: 0,
});

export const objectOf = (
  properties: readonly (readonly [name: string, value: Expression])[],
): Expression => ({
  kind: "object",
  properties: properties.map(([name, value]) => ({ name, value })),
});
