import type { Expression, Query } from "../ast.ts";

/** The alias that stands for the whole document, if FROM gives it one. */
export const documentAlias = ({ from }: Pick<Query, "from">): string | undefined => {
  const [first] = from;
  return first?.collection.kind === "identifier" && !first.iterates ? first.alias : undefined;
};

/** The path of a property of the document as indexing policies write it: `c.a["b"]` is `/a/b`. */
export const documentPath = (
  expression: Expression,
  alias: string | undefined,
): string | undefined => {
  if (expression.kind === "identifier") return expression.name === alias ? "" : undefined;
  if (expression.kind !== "member" || expression.key.kind !== "literal") return undefined;
  const name = expression.key.value;
  const owner = documentPath(expression.object, alias);
  if (owner === undefined || typeof name !== "string" || /["/]/.test(name)) return undefined;
  return `${owner}/${name}`;
};

/** Writes a path of an indexing policy the same way: without quotes and wildcards. */
export const policyPath = (path: string): string => path.replaceAll('"', "").replace(/\/[?*]$/, "");
