import type { JsonObject } from "../../json.ts";
import { isAggregate } from "../aggregates.ts";
import type { Call, Expression, Query, Select } from "../ast.ts";
import { childExpressions } from "../child-expressions.ts";
import { namedItems } from "../named-items.ts";
import { printExpression, printQuery } from "../print-query.ts";
import { call, objectOf } from "./build-expression.ts";

/**
 * Plans a query with aggregates or GROUP BY: partitions give partial results that clients combine.
 *
 * shape   "none" when the query has neither; undefined when an aggregate is part of an expression,
 *         whose partial results cannot be combined
 */
export const aggregatePlan = (query: Query): JsonObject | "none" | undefined => {
  const { select, groupBy } = query;
  const selected = select.kind === "list" ? namedItems(select.items) : [];
  const expressions =
    select.kind === "value" ? [select.expression] : selected.map(([, expression]) => expression);
  if (groupBy.length === 0 && !expressions.some(containsAggregate)) return "none";
  if (expressions.some((one) => !aggregateCall(one) && containsAggregate(one))) return undefined;

  const kinds = Object.fromEntries(
    selected.map(([name, expression]) => [name, aggregateKind(expression)]),
  );
  return {
    aggregates:
      select.kind === "value" ? expressions.map(aggregateKind).filter((kind) => kind !== null) : [],
    groupByExpressions: groupBy.map(printExpression),
    groupByAliases: Object.keys(kinds),
    groupByAliasToAggregateType: kinds,
    rewrittenQuery: printQuery({
      ...query,
      distinct: false,
      top: undefined,
      offset: undefined,
      limit: undefined,
      orderBy: [],
      select: partialSelect(query, selected),
    }),
  };
};

const AGGREGATE_KINDS: Readonly<Record<string, string>> = {
  AVG: "Average",
  COUNT: "Count",
  COUNTIF: "CountIf",
  MAX: "Max",
  MIN: "Min",
  SUM: "Sum",
  MAKELIST: "MakeList",
  MAKESET: "MakeSet",
};

const aggregateCall = (expression: Expression): Call | undefined =>
  expression.kind === "call" && !expression.isUdf && isAggregate(expression.name)
    ? expression
    : undefined;

const aggregateKind = (expression: Expression): string | null =>
  AGGREGATE_KINDS[aggregateCall(expression)?.name.toUpperCase() ?? ""] ?? null;

const containsAggregate = (expression: Expression): boolean =>
  aggregateCall(expression) !== undefined || childExpressions(expression).some(containsAggregate);

const partialSelect = (
  { select, groupBy }: Query,
  selected: readonly (readonly [string, Expression])[],
): Select => {
  const payload: Expression =
    select.kind === "value"
      ? partialValue(select.expression)
      : objectOf(selected.map(([name, expression]) => [name, partialItem(expression)]));
  if (groupBy.length === 0 && select.kind === "value")
    return { kind: "value", expression: payload };
  const keys = groupBy.map((key) => objectOf([["item", key]]));
  const groupByItems: Expression = { kind: "array", items: keys };
  return {
    kind: "list",
    items: [
      ...(groupBy.length > 0 ? [{ expression: groupByItems, alias: "groupByItems" }] : []),
      { expression: payload, alias: "payload" },
    ],
  };
};

/** VALUE of an aggregate is an array of one partial; of a key it is the key itself. */
const partialValue = (expression: Expression): Expression =>
  aggregateCall(expression) ? { kind: "array", items: [partialItem(expression)] } : expression;

const partialItem = (expression: Expression): Expression => {
  const [argument] = aggregateCall(expression)?.args ?? [];
  if (!argument) return expression;
  const part = (name: string, aggregate: string): readonly [string, Expression] => [
    name,
    call(aggregate, argument),
  ];
  switch (aggregateKind(expression)) {
    case "Average":
      return objectOf([["item", objectOf([part("sum", "SUM"), part("count", "COUNT")])]]);
    case "Min":
      return objectOf([["item", objectOf([part("min", "MIN"), part("count", "COUNT")])]]);
    case "Max":
      return objectOf([["item", objectOf([part("max", "MAX"), part("count", "COUNT")])]]);
    default:
      return objectOf([["item", expression]]);
  }
};
