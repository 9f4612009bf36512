import { METADATA_CHARGE } from "../charges.ts";
import type { CosmosRequest, CosmosResponse, Operation } from "../http/exchange.ts";
import type { JsonObject } from "../json.ts";
import { logicalKey } from "../partitioning/partition-key.ts";
import { pinnedPartitionKey, queryPlan } from "../sql/plan/query-plan.ts";
import { prepareQuery } from "../sql/query.ts";
import type { Container } from "../store/physical-partition.ts";
import { containerOf } from "./find-resource.ts";
import { querySpec } from "./query-spec.ts";

/**
 * Says how a client may run a query on each partition by itself; the query does not run.
 *
 * The JavaScript SDK asks for this beside every query and rarely uses it; .NET and Java always do.
 */
export const planItemQuery: Operation = (request) => {
  const container = containerOf(request);
  const plan = planRequest(request, container.partitions.length);
  const pinned = pinnedPartitionKey(plan, container.partitionKey.paths);
  const ranges = pinned ? { queryRanges: [pointRange(container, pinned)] } : {};
  return planResponse({ ...queryPlan(plan), ...ranges });
};

/** The same for databases, containers, scripts and offers, which lie in one place. */
export const planResourceQuery: Operation = (request) =>
  planResponse(queryPlan(planRequest(request, 1)));

const planRequest = (request: CosmosRequest, partitionCount: number) => {
  const { query, parameters } = querySpec(request);
  return { query: prepareQuery(query), parameters, partitionCount };
};

const pointRange = (
  { partitionKey }: Container,
  components: Parameters<typeof logicalKey>[0],
): JsonObject => {
  const { epk } = logicalKey(components, partitionKey);
  return { min: epk, max: epk, isMinInclusive: true, isMaxInclusive: true };
};

const planResponse = (plan: JsonObject): CosmosResponse => ({
  status: 200,
  headers: [],
  body: JSON.stringify(plan),
  chargeRu: METADATA_CHARGE,
});
