import * as t from "io-ts";
import { integerFrom } from "./codec.ts";

/**
 * What the stored procedure `drain` is asked for.
 *
 * units   limit: requests per call
 * shape   feedOrder: ids of the project's requests in the order in which the change feed showed
 *         them, only where that contradicts their order of insertion, else empty
 */
export const DrainOptions = t.type({ limit: integerFrom(1), feedOrder: t.readonlyArray(t.string) });
export type DrainOptions = t.TypeOf<typeof DrainOptions>;

/**
 * What it answers. `stopped` says how the call ended, each time between two requests:
 *
 * empty    nothing that it saw is left pending
 * limit    its own limit was reached, of requests or of time: call again
 * refused  Cosmos DB took no more work (`isAccepted` false): call again, with a smaller limit
 *
 * units   done, rejected: requests that ended in this call; oldestTs: `_ts` in seconds of the
 *         oldest request that it found pending, null if none; lastId: null if it was not needed
 */
export const DrainResult = t.type({
  kind: t.literal("drained"),
  done: t.number,
  rejected: t.number,
  more: t.boolean,
  lastId: t.union([t.number, t.null]),
  stopped: t.keyof({ empty: null, limit: null, refused: null }),
  oldestTs: t.union([t.number, t.null]),
});
export type DrainResult = t.TypeOf<typeof DrainResult>;

/**
 * How the drain fails when it throws: everything of that call is rolled back. The word is in the
 * message, because Cosmos DB reports every exception of a script as status 400.
 *
 * conflict        another writer was faster: call again, smaller
 * refused         Cosmos DB took no more work in the middle of a request: call again, smaller
 * partition-full  the logical partition is full: this project cannot grow
 * failed          an operation failed for a reason that we do not know how to mend
 * bug             the documents contradict each other: somebody must look
 */
export const DrainFailure = t.keyof({
  conflict: null,
  refused: null,
  "partition-full": null,
  failed: null,
  bug: null,
});
export type DrainFailure = t.TypeOf<typeof DrainFailure>;

/** Writes a failure into the message of an error, where `drainFailureIn` finds it again. */
export const drainFailureMessage = (failure: DrainFailure, details: string): string =>
  `drain-${failure}: ${details}`;

/** Finds the failure in what Cosmos DB made of the message, if the drain itself threw it. */
export const drainFailureIn = (message: string): DrainFailure | undefined => {
  const found = /drain-(conflict|refused|partition-full|failed|bug): /.exec(message);
  const failure: unknown = found?.[1];
  return DrainFailure.is(failure) ? failure : undefined;
};
