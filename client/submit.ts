import type { Container } from "@azure/cosmos";
import * as E from "fp-ts/lib/Either.js";
import { prepareRequest, type Submission, type SubmitRequest } from "./submission.ts";
import { addToPool, createPool, whenPoolIsEmpty } from "./submit/pool.ts";
import { type SubmitManyOptions, type SubmitManyResult, submitAll } from "./submit/submit-many.ts";
import { withTraceParent } from "./trace-parent.ts";
import { systemWorld, type World } from "./world.ts";

export type SubmitterOptions = {
  /**
   * How long one request is tried, counted from its first attempt; one call in flight may add its
   * own time-out.
   */
  readonly giveUpAfterMs?: number;
  /** Calls to Cosmos DB at the same time. */
  readonly maxFlushes?: number;
  /** Requests that wait or fly; `submit` refuses more. */
  readonly maxPending?: number;
  readonly world?: World;
};

export type Submitter = {
  /**
   * Submits one request, together with whatever else is submitted at the same time.
   *
   * shape   requests of one project are created in call order; idempotent by id
   * errors  SubmitError after giveUpAfterMs, or at once if the deployment is wrong
   */
  readonly submit: (request: SubmitRequest) => Promise<Submission>;
  /**
   * Submits many requests, at most `maxOutstanding` at a time.
   *
   * shape   give each an id if you may have to run it again after a failure
   * errors  the first SubmitError, after all that were on their way have ended
   */
  readonly submitMany: (
    requests: Iterable<SubmitRequest> | AsyncIterable<SubmitRequest>,
    options?: SubmitManyOptions,
  ) => Promise<SubmitManyResult>;
  /** Waits until everything submitted so far has ended, well or not. */
  readonly flush: () => Promise<void>;
  /** Takes no more requests, and waits for those it has. */
  readonly close: () => Promise<void>;
};

const DEFAULT_GIVE_UP_AFTER_MS = 60_000;
const DEFAULT_MAX_FLUSHES = 8;
const DEFAULT_MAX_PENDING = 100_000;

/**
 * Makes a submitter: it collects what is submitted at the same time into few calls.
 *
 * shape   while calls are in flight, requests gather per project; then a project with many goes out
 *         as one transaction, and projects with few go out together
 * source  35 µs instead of 550 µs of client time per request, measured 2026-11
 */
export const createSubmitter = (
  container: Container,
  options: SubmitterOptions = {},
): Submitter => {
  const world = options.world ?? systemWorld;
  const pool = createPool({
    container,
    world,
    limits: {
      giveUpAfterMs: options.giveUpAfterMs ?? DEFAULT_GIVE_UP_AFTER_MS,
      maxFlushes: options.maxFlushes ?? DEFAULT_MAX_FLUSHES,
      maxPending: options.maxPending ?? DEFAULT_MAX_PENDING,
    },
  });
  let isClosed = false;
  const submit = async (request: SubmitRequest): Promise<Submission> => {
    if (isClosed) throw new Error("The submitter is closed; create a new one");
    const prepared = prepareRequest(request, world.uuid);
    return E.isLeft(prepared) ? prepared.left : addToPool(pool, withTraceParent(prepared.right));
  };
  return {
    submit,
    submitMany: (requests, manyOptions = {}) => submitAll(submit, requests, manyOptions),
    flush: () => whenPoolIsEmpty(pool),
    close: () => {
      isClosed = true;
      return whenPoolIsEmpty(pool);
    },
  };
};
