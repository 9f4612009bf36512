import type { Expression, Query } from "../ast.ts";
import { documentAlias } from "../planner/document-path.ts";
import { printExpression, printQuery } from "../print-query.ts";
import { call, identifier, member, objectOf } from "./build-expression.ts";
import { selectedObject } from "./selected-object.ts";

/** Clients put `true` here, or a condition that leaves out what they have seen. */
const PLACEHOLDER = "{documentdb-formattableorderbyquery-filter}";

/**
 * Rewrites a query with ORDER BY so that each row carries its sort keys and the document's rid.
 *
 * shape   undefined when rows do not come from a document that FROM names
 */
export const orderedQuery = (query: Query): string | undefined => {
  const alias = documentAlias(query);
  if (alias === undefined) return undefined;
  const payload = payloadOf(query, alias);
  const keys = query.orderBy.map(({ expression }) => objectOf([["item", expression]]));
  const isDefined = query.select.kind === "value" && payload.kind !== "identifier";
  const conditions = [
    ...(query.where ? [printExpression(query.where)] : []),
    ...(isDefined ? [printExpression(call("IS_DEFINED", payload))] : []),
    `(${PLACEHOLDER})`,
  ];
  return printQuery({
    ...query,
    distinct: false,
    select: {
      kind: "list",
      items: [
        { expression: member(identifier(alias), "_rid") },
        { expression: { kind: "array", items: keys }, alias: "orderByItems" },
        { expression: payload, alias: "payload" },
      ],
    },
    // Not SQL until a client has filled it in, so it goes through as a name would.
    where: identifier(`(${conditions.join(" AND ")})`),
  });
};

/** Tells whether ORDER BY brings equal results together, so that comparing neighbours is enough. */
export const isOrderedDistinct = ({ select, orderBy }: Query): boolean => {
  const [only, ...others] = orderBy;
  if (!only || others.length > 0 || select.kind === "star") return false;
  const items = select.kind === "value" ? [select] : select.items;
  const [first] = items;
  return (
    first !== undefined &&
    items.length === 1 &&
    printExpression(first.expression) === printExpression(only.expression)
  );
};

const payloadOf = ({ select }: Query, alias: string): Expression => {
  if (select.kind === "star") return identifier(alias);
  return select.kind === "value" ? select.expression : selectedObject(select.items);
};
