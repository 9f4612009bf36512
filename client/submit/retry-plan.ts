import { type Backoff, backoffMs } from "../backoff.ts";
import type { Lane, Pending } from "./lanes.ts";
import type { Outcome } from "./send.ts";

/** A request that one call did not settle. */
export type Unsettled = {
  readonly pending: Pending;
  readonly outcome: Extract<Outcome, { kind: "again" | "hidden" }>;
};

/** What to do with the unsettled requests of a lane: who tries again and when, and who gives up. */
export type RetryPlan = {
  readonly waitMs: number;
  readonly kept: readonly Pending[];
  readonly givenUp: readonly Unsettled[];
};

const RETRY_BACKOFF: Backoff = { firstMs: 50, maxMs: 5_000 };

/**
 * Plans the next attempt of a lane after one of its calls.
 *
 * shape   no wait if nothing failed; notes on the lane and the requests what the failure tells
 *         about them
 */
export const planRetry = (
  lane: Lane,
  unsettled: readonly Unsettled[],
  context: { readonly nowMs: number; readonly random: number; readonly giveUpAfterMs: number },
): RetryPlan => {
  const failed = unsettled.filter(({ outcome }) => hasFailed(outcome));
  lane.alone = unsettled.some(({ outcome }) => outcome.kind === "hidden");
  lane.failures = failed.length > 0 ? lane.failures + 1 : 0;
  for (const { pending, outcome } of failed) {
    if (mayHaveTakenEffect(outcome)) pending.effect = "unknown";
  }
  if (failed.length === 0) {
    return { waitMs: 0, kept: unsettled.map(({ pending }) => pending), givenUp: [] };
  }
  const waitMs = backoffMs(RETRY_BACKOFF, lane.failures, {
    retryAfterMs: Math.max(...failed.map(({ outcome }) => retryAfterMsOf(outcome))),
    random: context.random,
  });
  const isOver = ({ pending: { firstSentAtMs } }: Unsettled): boolean =>
    context.nowMs + waitMs - (firstSentAtMs ?? context.nowMs) > context.giveUpAfterMs;
  return {
    waitMs,
    kept: unsettled.filter((each) => !isOver(each)).map(({ pending }) => pending),
    givenUp: unsettled.filter(isOver),
  };
};

const hasFailed = (outcome: Unsettled["outcome"]): boolean =>
  outcome.kind === "hidden" || outcome.failure !== undefined;

const mayHaveTakenEffect = (outcome: Unsettled["outcome"]): boolean =>
  outcome.kind === "hidden" ||
  (outcome.failure?.kind === "transient" && outcome.failure.effect === "unknown");

const retryAfterMsOf = (outcome: Unsettled["outcome"]): number =>
  outcome.kind === "again" && outcome.failure?.kind === "transient"
    ? (outcome.failure.retryAfterMs ?? 0)
    : 0;
