import type { Container } from "@azure/cosmos";
import type { TodoRequest } from "../../domain/todo-request.ts";
import type { Submission } from "../submission.ts";
import type { World } from "../world.ts";
import { gaveUp, refused } from "./explain-failure.ts";
import { createLane, type Flush, type Lane, takeFlush } from "./lanes.ts";
import { planRetry, type Unsettled } from "./retry-plan.ts";
import { type Outcome, sendFlush } from "./send.ts";

export type PoolLimits = {
  readonly giveUpAfterMs: number;
  readonly maxFlushes: number;
  readonly maxPending: number;
};

/** The requests of one submitter that wait or fly. */
export type Pool = {
  readonly container: Container;
  readonly world: World;
  readonly limits: PoolLimits;
  readonly lanes: Map<number, Lane>;
  /** The lanes in state "ready", the longest waiting first. */
  readonly ready: Lane[];
  pendingCount: number;
  flyingCount: number;
  pumpIsDue: boolean;
  whenEmpty: (() => void)[];
};

/** Makes an empty pool. */
export const createPool = (dependencies: Pick<Pool, "container" | "world" | "limits">): Pool => ({
  ...dependencies,
  lanes: new Map(),
  ready: [],
  pendingCount: 0,
  flyingCount: 0,
  pumpIsDue: false,
  whenEmpty: [],
});

/** Puts a request behind the others of its project; resolves with what became of it. */
export const addToPool = (pool: Pool, request: TodoRequest): Promise<Submission> => {
  const { maxPending } = pool.limits;
  if (pool.pendingCount >= maxPending) {
    return Promise.reject(
      new Error(`${maxPending} requests are pending; wait for some of them before the next`),
    );
  }
  return new Promise((resolve, reject) => {
    const { projectId } = request;
    const lane = pool.lanes.get(projectId) ?? createLane(projectId);
    pool.lanes.set(projectId, lane);
    pool.pendingCount += 1;
    const bodyBytes = Buffer.byteLength(JSON.stringify(request));
    const firstSentAtMs = undefined;
    lane.queue.push({ request, bodyBytes, resolve, reject, firstSentAtMs, effect: "none" });
    if (lane.state === "idle") makeReady(pool, lane);
  });
};

/** Resolves when the pool is empty. */
export const whenPoolIsEmpty = async (pool: Pool): Promise<void> => {
  if (pool.pendingCount === 0) return;
  await new Promise<void>((resolve) => {
    pool.whenEmpty.push(resolve);
  });
};

const pumpSoon = (pool: Pool): void => {
  if (pool.pumpIsDue || pool.flyingCount >= pool.limits.maxFlushes) return;
  pool.pumpIsDue = true;
  // After this turn of the event loop, so that whoever was just answered can submit the next one.
  void pool.world.sleep(0).then(() => pump(pool));
};

const pump = (pool: Pool): void => {
  pool.pumpIsDue = false;
  while (pool.flyingCount < pool.limits.maxFlushes) {
    const flush = takeFlush(pool.ready);
    if (!flush) return;
    void fly(pool, flush);
  }
};

const fly = async (pool: Pool, flush: Flush): Promise<void> => {
  for (const each of flush.pending) each.firstSentAtMs ??= pool.world.now();
  pool.flyingCount += 1;
  const outcomes = await sendFlush(pool.container, flush);
  pool.flyingCount -= 1;
  land(pool, flush, outcomes);
  pumpSoon(pool);
};

const land = (pool: Pool, flush: Flush, outcomes: readonly Outcome[]): void => {
  const unsettled = new Map<number, Unsettled[]>();
  flush.pending.forEach((pending, index) => {
    const outcome = outcomes[index] ?? { kind: "hidden", cause: new Error("no answer") };
    if (outcome.kind === "settled") {
      settle(pool, () => pending.resolve(outcome.submission));
    } else if (outcome.kind === "failed") {
      settle(pool, () => pending.reject(refused(pending, outcome.cause)));
    } else {
      const { projectId } = pending.request;
      unsettled.set(projectId, [...(unsettled.get(projectId) ?? []), { pending, outcome }]);
    }
  });
  for (const lane of flush.lanes) retryLane(pool, lane, unsettled.get(lane.projectId) ?? []);
};

const retryLane = (pool: Pool, lane: Lane, unsettled: readonly Unsettled[]): void => {
  const { giveUpAfterMs } = pool.limits;
  const { waitMs, kept, givenUp } = planRetry(lane, unsettled, {
    nowMs: pool.world.now(),
    random: pool.world.random(),
    giveUpAfterMs,
  });
  for (const { pending, outcome } of givenUp) {
    settle(pool, () => pending.reject(gaveUp(pending, giveUpAfterMs, outcome.cause)));
  }
  if (kept.length > 0) lane.queue = [...kept, ...lane.queue];
  if (waitMs === 0) {
    makeReady(pool, lane);
    return;
  }
  lane.state = "waiting";
  void pool.world.sleep(waitMs).then(() => makeReady(pool, lane));
};

const makeReady = (pool: Pool, lane: Lane): void => {
  lane.state = lane.queue.length > 0 ? "ready" : "idle";
  if (lane.state === "ready") pool.ready.push(lane);
  else pool.lanes.delete(lane.projectId);
  pumpSoon(pool);
};

const settle = (pool: Pool, answer: () => void): void => {
  pool.pendingCount -= 1;
  answer();
  if (pool.pendingCount > 0) return;
  for (const resolve of pool.whenEmpty) resolve();
  pool.whenEmpty = [];
};
