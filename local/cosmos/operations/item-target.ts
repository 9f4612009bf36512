import { badRequest } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { headerOf } from "../http/request-headers.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import {
  type LogicalKey,
  logicalKey,
  parsePartitionKeyHeader,
  partitionKeyOf,
} from "../partitioning/partition-key.ts";
import { itemId } from "../resource-name.ts";
import {
  type Container,
  type PhysicalPartition,
  partitionFor,
} from "../store/physical-partition.ts";
import { isTimeToLive } from "./container-definition.ts";
import { containerOf } from "./find-resource.ts";

/** The logical partition that a request names, and where it lies. */
export type ItemTarget = {
  readonly container: Container;
  readonly key: LogicalKey;
  readonly partition: PhysicalPartition;
};

const PARTITION_KEY_MISMATCH = 1001;

/** Reads container and partition key of a request that needs exactly one logical partition. */
export const itemTarget = (request: CosmosRequest): ItemTarget => {
  const container = containerOf(request);
  const header = headerOf(request.headers, "x-ms-documentdb-partitionkey");
  if (header === undefined) {
    throw badRequest("PartitionKey value must be supplied for this operation.");
  }
  const key = completeKey(container, parsePartitionKeyHeader(header, container.partitionKey));
  return { container, key, partition: partitionFor(container, key.epk) };
};

/** Makes a key of all its components; 400 for a mere prefix of a hierarchical key. */
export const completeKey = (
  { partitionKey }: Container,
  components: readonly JsonValue[],
): LogicalKey => {
  if (components.length < partitionKey.paths.length) {
    throw badRequest("PartitionKey has fewer components than defined the collection resource.");
  }
  return logicalKey(components, partitionKey);
};

/**
 * Checks an item that is about to be written and answers its id.
 *
 * errors  400 for its id, `ttl` or nesting; 400/1001 when its partition key is not the one of the request
 */
export const validItem = (container: Container, key: LogicalKey, body: JsonObject): string => {
  const id = itemId(body.id);
  if (JSON.stringify(partitionKeyOf(body, container.partitionKey)) !== key.pk) {
    throw badRequest(
      "PartitionKey extracted from document doesn't match the one specified in the header",
      { substatus: PARTITION_KEY_MISMATCH },
    );
  }
  if (container.defaultTtl !== undefined && body.ttl !== undefined && !isTimeToLive(body.ttl)) {
    throw badRequest("The input ttl is invalid: it must be -1 or a positive 32-bit integer.");
  }
  if (isNestedDeeper(body, MAX_NESTING)) {
    throw badRequest(`The item is nested deeper than ${MAX_NESTING} levels.`);
  }
  return id;
};

/** https://learn.microsoft.com/azure/cosmos-db/concepts-limits */
const MAX_NESTING = 128;

const isNestedDeeper = (value: JsonValue, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) {
    if (isNestedDeeper((value as JsonObject)[key] ?? null, levels - 1)) return true;
  }
  return false;
};
