import { badRequest, notImplemented } from "../cosmos-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { PartitionKeyDefinition } from "../partitioning/effective-partition-key.ts";
import { resourceName } from "../resource-name.ts";
import type { CompositeIndex } from "../sql/source.ts";
import { compositeIndexesOf, indexingPolicy } from "./indexing-policy.ts";

/** A container as a client declared it, with the service's defaults filled in. */
export type ContainerDefinition = {
  readonly id: string;
  readonly partitionKey: PartitionKeyDefinition;
  /** Seconds. */
  readonly defaultTtl: number | undefined;
  readonly compositeIndexes: readonly CompositeIndex[];
  /** The resource without the properties that the store adds (`_rid`, `_etag` …). */
  readonly resource: JsonObject;
};

const MAX_TTL_SECONDS = 2_147_483_647;
const MAX_HIERARCHY = 3;

/**
 * Checks a container's JSON and completes it as the service does.
 *
 * errors  400 for what the service refuses, 501 for what only this server lacks
 * source  https://learn.microsoft.com/rest/api/cosmos-db/create-a-collection
 */
export const containerDefinition = (body: JsonObject): ContainerDefinition => {
  refuseUnsupported(body);
  const id = resourceName(body.id);
  const policy = indexingPolicy(body.indexingPolicy);
  const defaultTtl = timeToLive(body);
  const resource: JsonObject = {
    id,
    indexingPolicy: policy,
    partitionKey: partitionKeyResource(body.partitionKey),
    ...(defaultTtl === undefined ? {} : { defaultTtl }),
    ...(body.uniqueKeyPolicy === undefined ? {} : { uniqueKeyPolicy: body.uniqueKeyPolicy }),
    conflictResolutionPolicy: body.conflictResolutionPolicy ?? LAST_WRITER_WINS,
    geospatialConfig: body.geospatialConfig ?? { type: "Geography" },
  };
  return {
    id,
    partitionKey: partitionKeyDefinition(resource.partitionKey as JsonObject),
    defaultTtl,
    compositeIndexes: compositeIndexesOf(policy),
    resource,
  };
};

const LAST_WRITER_WINS: JsonObject = {
  mode: "LastWriterWins",
  conflictResolutionPath: "/_ts",
  conflictResolutionProcedure: "",
};

const UNSUPPORTED = [
  "vectorEmbeddingPolicy",
  "fullTextPolicy",
  "computedProperties",
  "changeFeedPolicy",
  "clientEncryptionPolicy",
  "materializedViewDefinition",
  "analyticalStorageTtl",
] as const;

const refuseUnsupported = (body: JsonObject): void => {
  for (const feature of UNSUPPORTED) {
    if (!isEmpty(body[feature])) throw notImplemented(`${feature} of containers`);
  }
  const uniqueKeys = isJsonObject(body.uniqueKeyPolicy) ? body.uniqueKeyPolicy.uniqueKeys : null;
  if (!isEmpty(uniqueKeys)) throw notImplemented("uniqueKeyPolicy of containers");
};

const isEmpty = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** `defaultTtl` in seconds: absent, -1 or a positive 32-bit integer. */
const timeToLive = (body: JsonObject): number | undefined => {
  const { defaultTtl } = body;
  if (defaultTtl === undefined) return undefined;
  if (isTimeToLive(defaultTtl)) return defaultTtl;
  throw badRequest("The 'defaultTtl' must be -1 or a positive 32-bit integer of seconds.");
};

/** Tells whether a value is a legal `defaultTtl` or `ttl`: -1, or seconds above 0. */
export const isTimeToLive = (value: JsonValue | undefined): value is number =>
  typeof value === "number" &&
  Number.isInteger(value) &&
  (value === -1 || (value > 0 && value <= MAX_TTL_SECONDS));

/** Echoes what the client declared; a missing version stays missing and hashes as version 1. */
const partitionKeyResource = (declared: JsonValue | undefined): JsonObject => {
  if (!isJsonObject(declared) || !Array.isArray(declared.paths)) {
    throw badRequest("The 'partitionKey' must be an object with an array 'paths'.");
  }
  return { kind: "Hash", ...declared };
};

const partitionKeyDefinition = (resource: JsonObject): PartitionKeyDefinition => {
  const { kind, version = 1, systemKey } = resource;
  const paths = resource.paths as readonly JsonValue[];
  if (systemKey) throw notImplemented("containers with a system partition key");
  if (kind === "Range") throw notImplemented("partition keys of kind Range");
  if (kind !== "Hash" && kind !== "MultiHash") {
    throw badRequest("The kind of a partition key is Hash or MultiHash.");
  }
  if (version !== 1 && version !== 2) throw badRequest("Partition key versions are 1 and 2.");
  if (kind === "MultiHash" && version !== 2) throw badRequest("MultiHash requires version 2.");
  const limit = kind === "Hash" ? 1 : MAX_HIERARCHY;
  if (paths.length === 0 || paths.length > limit) {
    throw badRequest(`A partition key of kind ${kind} has 1 to ${limit} paths.`);
  }
  const texts = paths.filter((path) => typeof path === "string" && path.startsWith("/"));
  if (texts.length < paths.length) throw badRequest("Partition key paths start with '/'.");
  return { kind, version, paths: texts as readonly string[] };
};
