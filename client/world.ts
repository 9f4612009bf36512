import { randomUUID } from "node:crypto";
import { setTimeout as sleepFor } from "node:timers/promises";

/**
 * All that an algorithm takes from outside besides Cosmos DB: the clock, timers and chance.
 *
 * shape   a simulation passes its own, and then the same seed gives the same run
 */
export type World = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly uuid: () => string;
  /** Resolves after that time, or as soon as the signal is aborted; never rejects. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
};

/** The real clock, real timers and real chance. */
export const systemWorld: World = {
  now: () => Date.now(),
  random: () => Math.random(),
  uuid: () => randomUUID(),
  sleep: (milliseconds, signal) =>
    sleepFor(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined),
};
