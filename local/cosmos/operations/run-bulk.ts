import { badRequest, CosmosError, gone } from "../cosmos-error.ts";
import type { CosmosRequest, CosmosResponse } from "../http/exchange.ts";
import { headerOf, isOn, wantsMinimalReturn } from "../http/request-headers.ts";
import type { JsonObject } from "../json.ts";
import { contains } from "../partitioning/key-ranges.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";
import { batchOperations, itemCommand, operationKey } from "./batch-request.ts";
import { type BatchResult, batchResponse, failedDependency } from "./batch-response.ts";
import { containerOf } from "./find-resource.ts";
import { performItem } from "./item-command.ts";
import { partitionById, readScope } from "./read-scope.ts";

const PARTITION_KEY_RANGE_GONE = 1002;

/**
 * Runs operations on one physical partition, each a transaction of its own, in their order.
 *
 * They wait for the same group commit, so a hundred of them share one fsync.
 */
export const runBulk = async (request: CosmosRequest): Promise<CosmosResponse> => {
  const { headers } = request;
  const container = containerOf(request);
  const partition = bulkPartition(request, container);
  const operations = batchOperations(request);
  const keepGoing = isOn(headers, "x-ms-cosmos-batch-continue-on-error");
  const run = { request, container, partition, keepGoing, hasFailed: false };
  const results = await Promise.all(operations.map((operation) => runOne(run, operation)));
  return batchResponse(run, results, wantsMinimalReturn(headers));
};

const bulkPartition = (request: CosmosRequest, container: Container): PhysicalPartition => {
  const rangeId = headerOf(request.headers, "x-ms-documentdb-partitionkeyrangeid");
  if (rangeId !== undefined) return partitionById(container, rangeId);
  const [partition, ...others] = readScope(request, container).partitions;
  if (partition && others.length === 0) return partition;
  throw badRequest("A bulk request needs x-ms-documentdb-partitionkeyrangeid.");
};

type BulkRun = {
  readonly request: CosmosRequest;
  readonly container: Container;
  readonly partition: PhysicalPartition;
  readonly keepGoing: boolean;
  hasFailed: boolean;
};

const runOne = async (run: BulkRun, operation: JsonObject): Promise<BatchResult> => {
  const { container, partition, request } = run;
  try {
    return await request.account.store.commit(container, partition, (transaction) => {
      if (run.hasFailed && !run.keepGoing) throw failedDependency;
      try {
        return performItem(transaction, container, bulkCommand(run, operation));
      } catch (error) {
        run.hasFailed = true;
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof CosmosError) return error;
    throw error;
  }
};

const bulkCommand = ({ request, container, partition }: BulkRun, operation: JsonObject) => {
  const key = operationKey(container, operation) ?? headerKey(request, container);
  if (!contains(partition, key.epk)) {
    throw gone("The partition key is not in this partition key range.", PARTITION_KEY_RANGE_GONE);
  }
  return itemCommand(container, key, operation);
};

const headerKey = ({ headers }: CosmosRequest, container: Container) => {
  const partitionKey = headerOf(headers, "x-ms-documentdb-partitionkey");
  const key = partitionKey === undefined ? undefined : operationKey(container, { partitionKey });
  if (key) return key;
  throw badRequest("PartitionKey value must be supplied for this operation.");
};
