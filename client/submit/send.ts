import type { Container, OperationInput } from "@azure/cosmos";
import type { TodoRequest } from "../../domain/todo-request.ts";
import { classifyFailure, classifyStatus, type Failure, statusOf } from "../failure.ts";
import { mendPartitionCache } from "../partition-cache.ts";
import type { Submission } from "../submission.ts";
import { findExisting } from "./existing.ts";
import type { Flush, Pending } from "./lanes.ts";
import { isSuccess, operationError } from "./operation-result.ts";

/**
 * What one call made of a request.
 *
 * settled  it has its submission
 * again    not settled; call again, at once if nothing failed for it
 * hidden   the call failed, and the SDK does not say with which status
 * failed   calling again cannot help
 */
export type Outcome =
  | { readonly kind: "settled"; readonly submission: Submission }
  | { readonly kind: "again"; readonly failure?: Failure; readonly cause?: unknown }
  | { readonly kind: "hidden"; readonly cause: unknown }
  | { readonly kind: "failed"; readonly cause: unknown };

/**
 * Sends one flush.
 *
 * shape   one outcome per pending request, in their order; never rejects
 */
export const sendFlush = async (
  container: Container,
  flush: Flush,
): Promise<readonly Outcome[]> => {
  mendPartitionCache(container);
  try {
    const [only] = flush.pending;
    if (flush.kind === "create" && only) return [await sendOne(container, only)];
    if (flush.kind === "batch") return await sendBatch(container, flush.pending);
    return await sendBulk(container, flush.pending);
  } catch (cause) {
    return flush.pending.map(() => ({ kind: "hidden", cause }));
  }
};

const WRITE_OPTIONS = { contentResponseOnWriteEnabled: false };

const sendOne = async (container: Container, pending: Pending): Promise<Outcome> => {
  try {
    await container.items.create({ ...pending.request });
    return accepted(pending.request);
  } catch (cause) {
    return outcomeOf(container, pending, { failure: classifyFailure(cause), cause });
  }
};

const sendBatch = async (
  container: Container,
  pending: readonly Pending[],
): Promise<readonly Outcome[]> => {
  const projectId = pending[0]?.request.projectId ?? 0;
  const operations = pending.map(({ request }) => createOperation(request));
  const { result = [] } = await container.items.batch(operations, projectId, WRITE_OPTIONS);
  const culprit = result.findIndex(
    ({ statusCode }) => !isSuccess(statusCode) && statusCode !== 424,
  );
  if (culprit < 0) return pending.map(({ request }) => accepted(request));
  const cause = operationError(result[culprit]);
  const failure = classifyFailure(cause);
  if (failure.kind === "conflict") {
    const found = await findExisting(container, pending);
    if (found.size === 0) return pending.map(() => goneAgain(cause));
    return pending.map((each) => {
      const submission = found.get(each);
      return submission ? { kind: "settled", submission } : { kind: "again" };
    });
  }
  if (failure.kind === "transient") return pending.map(() => ({ kind: "again", failure, cause }));
  return pending.map((_, index) =>
    index === culprit ? { kind: "failed", cause } : { kind: "again" },
  );
};

const sendBulk = async (
  container: Container,
  pending: readonly Pending[],
): Promise<readonly Outcome[]> => {
  const operations = pending.map(({ request }) => ({
    ...createOperation(request),
    partitionKey: request.projectId,
  }));
  const results = await container.items.bulk(operations, { continueOnError: true }, WRITE_OPTIONS);
  return Promise.all(
    pending.map((each, index): Outcome | Promise<Outcome> => {
      const result = results[index];
      if (result && isSuccess(result.statusCode)) return accepted(each.request);
      const cause = operationError(result);
      return outcomeOf(container, each, { failure: classifyStatus(statusOf(cause)), cause });
    }),
  );
};

type FailedCall = { readonly failure: Failure; readonly cause: unknown };

const outcomeOf = async (
  container: Container,
  pending: Pending,
  { failure, cause }: FailedCall,
): Promise<Outcome> => {
  if (failure.kind === "transient") return { kind: "again", failure, cause };
  if (failure.kind === "wrong") return { kind: "failed", cause };
  try {
    const submission = (await findExisting(container, [pending])).get(pending);
    return submission ? { kind: "settled", submission } : goneAgain(cause);
  } catch (cause) {
    return classifyFailure(cause).kind === "wrong"
      ? { kind: "failed", cause }
      : { kind: "hidden", cause };
  }
};

/** The item that was in the way is not there: deleted meanwhile, or a rule about other fields. */
const goneAgain = (cause: unknown): Outcome => ({
  kind: "again",
  failure: { kind: "transient", effect: "none", retryAfterMs: undefined },
  cause,
});

const createOperation = (request: TodoRequest): OperationInput => ({
  operationType: "Create",
  resourceBody: { ...request },
});

const accepted = ({ id, projectId }: TodoRequest): Outcome => ({
  kind: "settled",
  submission: { kind: "accepted", id, projectId },
});
