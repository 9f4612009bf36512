import type { Container } from "@azure/cosmos";
import * as E from "fp-ts/lib/Either.js";
import { backoffMs } from "../client/backoff.ts";
import type { World } from "../client/world.ts";
import { type DrainOptions, DrainResult } from "../domain/drain-contract.ts";
import { answerTo, type DrainAnswer, describeFailure } from "./drain-answers.ts";
import type { Project } from "./project.ts";

/** Requests per call: the first call, and what it may grow to while all goes well. */
const FIRST_LIMIT = 100;
const MAX_LIMIT = 400;

/**
 * Calls of one ring that make progress. A project whose requests come faster than this must not
 * hold the batch, and with it the other projects of its physical partition, for ever (I7).
 */
const MAX_CALLS = 50;

const BACKOFF = { firstMs: 50, maxMs: 2000 };

/** Executes the stored procedure once. */
export type CallDrain = (project: Project, options: DrainOptions) => Promise<unknown>;

type Count = { readonly done: number; readonly rejected: number };

/**
 * What draining one project came to.
 *
 * drained  nothing waits, or `more` waits for the next ring or the sweep
 * failed   calling again did not help; what was done before stays done
 */
export type Drained =
  | ({ readonly kind: "drained"; readonly project: Project; readonly more: boolean } & Count)
  | ({
      readonly kind: "failed";
      readonly project: Project;
      readonly concerns: DrainAnswer["concerns"];
      readonly message: string;
    } & Count);

/** Watches calls of the drain; must not change what they come to. */
export type WatchDrain = (project: Project, call: () => Promise<DrainCall>) => Promise<DrainCall>;
export type DrainCall = { readonly resource?: unknown; readonly requestCharge: number };

/** Makes the call of the stored procedure with this name. */
export const callDrainIn =
  (container: Container, name: string, watch: WatchDrain = (_project, call) => call()): CallDrain =>
  async (project, options) => {
    const procedure = container.scripts.storedProcedure(name);
    // The SDK turns undefined into the partition key of documents without one; its type forgets it.
    const key = project.partitionKey as string;
    const { resource } = await watch(project, () => procedure.execute(key, [options]));
    return resource;
  };

export type DrainParts = {
  readonly callDrain: CallDrain;
  readonly world: World;
  /** Told before each wait why the call must be made again. */
  readonly onRetry?: (reason: string) => void;
};

/**
 * Drains one project: calls the stored procedure until nothing waits.
 *
 * shape   never rejects. After a call whose answer was lost it just calls again: the drain looks at
 *         what is pending now
 */
export const drainProject = async (
  { callDrain, world, onRetry }: DrainParts,
  project: Project,
  feedOrder: readonly string[],
): Promise<Drained> => {
  let count: Count = { done: 0, rejected: 0 };
  let limit = FIRST_LIMIT;
  let failures = 0;
  for (let calls = 0; calls < MAX_CALLS; ) {
    const called = await attempt(() => callDrain(project, { limit, feedOrder }));
    if (E.isRight(called)) {
      const { done, rejected, more } = called.right;
      count = { done: count.done + done, rejected: count.rejected + rejected };
      if (!more) return { kind: "drained", project, more, ...count };
      if (called.right.stopped !== "refused") {
        failures = 0;
        calls += 1;
        limit = Math.min(MAX_LIMIT, limit * 2);
        continue;
      }
      if (done + rejected > 0) failures = 0;
    }
    const failure = E.isLeft(called) ? called.left : REFUSED;
    const { attempts, isSmaller, concerns, advice, retryAfterMs, message } = failure;
    failures += 1;
    if (failures >= attempts) {
      return { kind: "failed", project, concerns, message: `${message} (${advice})`, ...count };
    }
    onRetry?.(failure.reason);
    if (isSmaller) limit = Math.max(1, Math.floor(limit / 4));
    await world.sleep(backoffMs(BACKOFF, failures, { retryAfterMs, random: world.random() }));
  }
  return { kind: "drained", project, more: true, ...count };
};

type Failure = DrainAnswer & { readonly message: string };

const attempt = async (call: () => Promise<unknown>): Promise<E.Either<Failure, DrainResult>> => {
  try {
    const answer = await call();
    return E.mapLeft(() => NOT_OUR_DRAIN)(DrainResult.decode(answer));
  } catch (error) {
    return E.left({ ...answerTo(error), message: describeFailure(error) });
  }
};

const REFUSED: Failure = {
  ...answerTo({ code: 429 }),
  reason: "refused",
  concerns: "project",
  message: "Cosmos DB accepted no work",
};

const NOT_OUR_DRAIN: Failure = {
  reason: "not-our-drain",
  attempts: 1,
  isSmaller: false,
  concerns: "everybody",
  message: "the stored procedure answered something else than a drain does",
  advice: "deploy dist/drain.js under the name in dist/drain.json",
  retryAfterMs: undefined,
};
