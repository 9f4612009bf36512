import { type DrainFailure, drainFailureMessage } from "../domain/drain-contract.ts";
import type { OperationError } from "./script-api.ts";

/** Makes the error that ends the drain and rolls back all that it did. */
export const failure = (kind: DrainFailure, details: string): Error =>
  new Error(drainFailureMessage(kind, details));

/** Makes the error for an operation that failed in a way that the drain has no answer to. */
export const operationFailure = (what: string, error: OperationError): Error =>
  failure(kindOf(error.number), `${what}: ${error.number} ${error.body || error.message || ""}`);

/**
 * Insists that an operation was accepted, in the middle of something that must not stay half done.
 *
 * errors  not accepted: the drain throws, all of the call rolls back, the caller comes again with
 *         a smaller limit
 */
export const insist = (isAccepted: boolean): void => {
  if (!isAccepted) throw failure("refused", "Cosmos DB accepted no more work");
};

const kindOf = (status: number): DrainFailure => {
  switch (status) {
    case 404:
    case 409:
    case 412:
    case 449:
      return "conflict";
    case 408:
    case 410:
    case 429:
    case 503:
      return "refused";
    case 403:
      return "partition-full";
    default:
      return "failed";
  }
};
