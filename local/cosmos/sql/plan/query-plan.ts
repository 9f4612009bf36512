import { notImplemented } from "../../cosmos-error.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import type { Query, Value } from "../ast.ts";
import { deriveConstraints } from "../planner/derive-constraints.ts";
import { documentAlias, policyPath } from "../planner/document-path.ts";
import { printExpression, printQuery } from "../print-query.ts";
import { type PreparedQuery, parameterRow, type QueryParameter } from "../query.ts";
import { rowWindow } from "../row-window.ts";
import { aggregatePlan } from "./aggregate-plan.ts";
import { isOrderedDistinct, orderedQuery } from "./ordered-query.ts";

export type PlanRequest = {
  readonly query: PreparedQuery;
  readonly parameters?: readonly QueryParameter[] | undefined;
  /** Physical partitions of the container: with one, a query that has no plan still has an answer. */
  readonly partitionCount?: number;
};

/**
 * Says how a client may run a query on each physical partition by itself and combine the results.
 *
 * shape   `rewrittenQuery` is ordinary SQL, but for the placeholder of ORDER BY that clients fill in;
 *         `queryRanges` is everything, see `pinnedPartitionKey`
 * errors  501 for a query whose parts cannot be combined, unless there is one partition only
 * source  Azure/azure-cosmos-dotnet-v3, Query/Core/QueryPlan; \@azure/cosmos 4.9.3 queryExecutionContext
 */
export const queryPlan = (request: PlanRequest): JsonObject => ({
  partitionedQueryExecutionInfoVersion: 2,
  queryInfo: queryInfo(request),
  queryRanges: [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
});

/** The partition key that a query's WHERE fixes, one component for each path, if it fixes one. */
export const pinnedPartitionKey = (
  { query: { query, program }, parameters }: PlanRequest,
  paths: readonly string[],
): readonly JsonValue[] | undefined => {
  const alias = documentAlias(query);
  if (!query.where || alias === undefined) return undefined;
  const row = parameterRow(program, parameters ?? [], 0);
  const parameterValue = (name: string): Value => row.parameters[program.parameters.indexOf(name)];
  const constraints = deriveConstraints(query.where, { alias, parameters: parameterValue });
  const components: JsonValue[] = [];
  for (const path of paths) {
    const values = constraints.get(policyPath(path))?.values;
    const [value] = values ?? [];
    if (values?.length !== 1 || value === undefined) return undefined;
    components.push(value);
  }
  return components;
};

const PASS_THROUGH: JsonObject = {
  distinctType: "None",
  top: null,
  offset: null,
  limit: null,
  orderBy: [],
  orderByExpressions: [],
  groupByExpressions: [],
  groupByAliases: [],
  aggregates: [],
  groupByAliasToAggregateType: {},
  rewrittenQuery: "",
  hasSelectValue: false,
  dCountInfo: null,
  hasNonStreamingOrderBy: false,
};

const queryInfo = ({ query: prepared, parameters, partitionCount }: PlanRequest): JsonObject => {
  const { query, compiled, program, derived } = prepared;
  const window = rowWindow(compiled, parameterRow(program, parameters ?? [], 0));
  const combined = derived ? undefined : combine(query, window.end);
  if (!combined && partitionCount === 1) return PASS_THROUGH;
  if (!combined) throw notImplemented("plans to run this query on each partition by itself");
  const rows = window.end - window.offset;
  return {
    ...PASS_THROUGH,
    hasSelectValue: query.select.kind === "value",
    distinctType: !query.distinct ? "None" : isOrderedDistinct(query) ? "Ordered" : "Unordered",
    top: query.top && !query.limit ? rows : null,
    offset: query.limit ? window.offset : null,
    limit: query.limit ? rows : null,
    ...combined,
  };
};

/** The part of the plan that depends on the kind of query; undefined when there is none. */
const combine = (query: Query, end: number): JsonObject | undefined => {
  const aggregates = aggregatePlan(query);
  if (aggregates !== "none") return aggregates;
  const limited = limitedTo(query, end);
  if (query.orderBy.length === 0) {
    return { rewrittenQuery: query.limit ? printQuery(limited) : "" };
  }
  const rewrittenQuery = orderedQuery(limited);
  if (!rewrittenQuery) return undefined;
  return {
    orderBy: query.orderBy.map(({ descending }) => (descending ? "Descending" : "Ascending")),
    orderByExpressions: query.orderBy.map(({ expression }) => printExpression(expression)),
    rewrittenQuery,
  };
};

/** What one partition must give so that the client can skip and count over all of them. */
const limitedTo = (query: Query, end: number): Query => {
  if (query.distinct && query.orderBy.length > 0) {
    return { ...query, top: undefined, offset: undefined, limit: undefined };
  }
  if (!query.limit) return query;
  return {
    ...query,
    top: undefined,
    offset: { kind: "literal", value: 0 },
    limit: { kind: "literal", value: end },
  };
};
