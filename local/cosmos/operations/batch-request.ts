import { badRequest } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { type LogicalKey, parsePartitionKeyHeader } from "../partitioning/partition-key.ts";
import type { Container } from "../store/physical-partition.ts";
import type { ItemCommand } from "./item-command.ts";
import { completeKey } from "./item-target.ts";
import { patchRequest } from "./patch-document.ts";
import { jsonBody } from "./request-body.ts";

/** https://learn.microsoft.com/azure/cosmos-db/nosql/transactional-batch */
const MAX_OPERATIONS = 100;
const RECORD_IO = 0x81;

/**
 * Reads the operations of a batch or bulk request.
 *
 * errors  400 beyond 100 operations, and for the binary form that .NET sends
 */
export const batchOperations = (request: CosmosRequest): readonly JsonObject[] => {
  if (request.body[0] === RECORD_IO) {
    throw badRequest(
      "The embedded server does not implement HybridRow batches, as the .NET SDK sends them " +
        "(NotImplemented): write the items one by one.",
    );
  }
  const operations = jsonBody(request);
  if (!Array.isArray(operations) || !operations.every(isJsonObject)) {
    throw badRequest("A batch is a JSON array of operations.");
  }
  if (operations.length === 0) throw badRequest("A batch has at least one operation.");
  if (operations.length > MAX_OPERATIONS) {
    throw badRequest(`A batch has at most ${MAX_OPERATIONS} operations.`);
  }
  return operations;
};

/** Reads the partition key of one operation: a string that holds a JSON array. */
export const operationKey = (
  container: Container,
  operation: JsonObject,
): LogicalKey | undefined => {
  const { partitionKey } = operation;
  if (partitionKey === undefined || partitionKey === null) return undefined;
  const text = typeof partitionKey === "string" ? partitionKey : JSON.stringify(partitionKey);
  return completeKey(container, parsePartitionKeyHeader(text, container.partitionKey));
};

/** Turns one operation of a batch into the command that performs it. */
export const itemCommand = (
  container: Container,
  key: LogicalKey,
  operation: JsonObject,
): ItemCommand => {
  const conditions = {
    key,
    ifMatch: optionalText(operation.ifMatch),
    ifNoneMatch: optionalText(operation.ifNoneMatch),
  };
  const { resourceBody } = operation;
  switch (operation.operationType) {
    case "Create":
      return { kind: "create", body: objectOf(resourceBody), ...conditions };
    case "Upsert":
      return { kind: "upsert", body: objectOf(resourceBody), ...conditions };
    case "Replace":
      return { kind: "replace", id: idOf(operation), body: objectOf(resourceBody), ...conditions };
    case "Patch": {
      const patch = patchRequest(resourceBody, container.partitionKey);
      return { kind: "patch", id: idOf(operation), patch, ...conditions };
    }
    case "Read":
      return { kind: "read", id: idOf(operation), ...conditions };
    case "Delete":
      return { kind: "delete", id: idOf(operation), ...conditions };
    default:
      throw badRequest(`The batch operation "${String(operation.operationType)}" does not exist.`);
  }
};

const idOf = ({ id, operationType }: JsonObject): string => {
  if (typeof id === "string" && id !== "") return id;
  throw badRequest(`A batch operation ${String(operationType)} needs an 'id'.`);
};

const objectOf = (body: JsonValue | undefined): JsonObject => {
  if (isJsonObject(body)) return body;
  throw badRequest("The 'resourceBody' of a batch operation must be an object.");
};

const optionalText = (value: JsonValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;
