import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as sleepFor } from "node:timers/promises";

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
  /**
   * Resolves after that time, or as soon as the signal is aborted; never rejects. Zero: after this
   * turn of the event loop.
   */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
};

/** The real clock, real timers and real chance. */
export const systemWorld: World = {
  now: () => Date.now(),
  random: () => Math.random(),
  uuid: () => randomUUID(),
  sleep: (milliseconds, signal) => {
    const options = signal ? { signal } : {};
    const slept =
      milliseconds > 0 ? sleepFor(milliseconds, undefined, options) : nextTurn(undefined, options);
    return slept.catch(() => undefined);
  },
};
