import { badRequest, CosmosError } from "../cosmos-error.ts";
import type { CosmosRequest, CosmosResponse, Operation } from "../http/exchange.ts";
import { isOn, wantsMinimalReturn } from "../http/request-headers.ts";
import type { JsonObject } from "../json.ts";
import type { Transaction } from "../store/transaction.ts";
import { batchOperations, itemCommand, operationKey } from "./batch-request.ts";
import { type BatchResult, batchResponse, failedDependency } from "./batch-response.ts";
import { type ItemOutcome, performItem } from "./item-command.ts";
import { type ItemTarget, itemTarget } from "./item-target.ts";
import { runBulk } from "./run-bulk.ts";

/** Runs a transactional batch, or a bulk request where the client does not ask for a transaction. */
export const runBatch: Operation = (request) =>
  isOn(request.headers, "x-ms-cosmos-batch-atomic") ? runAtomic(request) : runBulk(request);

/** Commits all operations of one partition key as one transaction, or none of them. */
const runAtomic = async (request: CosmosRequest): Promise<CosmosResponse> => {
  const target = itemTarget(request);
  const operations = batchOperations(request);
  requireOneKey(target, operations);
  const results = await transact(request, target, operations);
  return batchResponse(target, results, wantsMinimalReturn(request.headers));
};

const requireOneKey = ({ container, key }: ItemTarget, operations: readonly JsonObject[]): void => {
  for (const operation of operations) {
    const own = operationKey(container, operation);
    if (own && own.pk !== key.pk) {
      throw badRequest(
        "One or more operations within the batch request have a different partition key value " +
          "than the request.",
      );
    }
  }
};

/** Rolls the transaction back by leaving it; carries what the client shall see. */
class RolledBack extends Error {
  readonly results: readonly BatchResult[];

  constructor(results: readonly BatchResult[]) {
    super("rolled back");
    this.results = results;
  }
}

const transact = async (
  { account }: CosmosRequest,
  { container, partition, key }: ItemTarget,
  operations: readonly JsonObject[],
): Promise<readonly BatchResult[]> => {
  const plan = (transaction: Transaction): readonly ItemOutcome[] =>
    operations.map((operation, i) => {
      try {
        return performItem(transaction, container, itemCommand(container, key, operation));
      } catch (error) {
        if (!(error instanceof CosmosError)) throw error;
        throw new RolledBack(operations.map((_, j) => (j === i ? error : failedDependency)));
      }
    });
  try {
    return await account.store.commit(container, partition, plan);
  } catch (error) {
    if (error instanceof RolledBack) return error.results;
    throw error;
  }
};
