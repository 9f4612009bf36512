import { setTimeout as sleep } from "node:timers/promises";

/** Calls that have not ended: behind that many, the next ones are left out and counted. */
const MAX_OUTSTANDING = 2_000;

/** Calls at an even rate, whatever the calls take. */
export type Steady = {
  readonly counts: () => {
    readonly done: number;
    readonly failed: number;
    readonly skipped: number;
  };
  /** Ends it, and waits for the calls that are on their way. */
  readonly stop: () => Promise<void>;
};

/**
 * Calls something at an even rate: who is slow does not slow down those who come after.
 *
 * units  perSecond: calls a second; 0 calls nothing
 */
export const steadily = (
  perSecond: number,
  call: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Steady => {
  const counts = { done: 0, failed: 0, skipped: 0 };
  const outstanding = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  let isStopped = false;
  const begin = (): void => {
    if (outstanding.size >= MAX_OUTSTANDING) {
      counts.skipped += 1;
      return;
    }
    const ended = call().then(
      () => {
        counts.done += 1;
      },
      (error: unknown) => {
        counts.failed += 1;
        onError(error);
      },
    );
    outstanding.add(ended);
    void ended.finally(() => outstanding.delete(ended));
  };
  const run = async (): Promise<void> => {
    if (perSecond === 0) return;
    for (let calls = 0; !isStopped; calls += 1) {
      const dueAtMs = startedAtMs + (calls * 1000) / perSecond;
      const waitMs = dueAtMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      if (!isStopped) begin();
    }
  };
  const running = run();
  return {
    counts: () => counts,
    stop: async () => {
      isStopped = true;
      await running;
      await Promise.all(outstanding);
    },
  };
};
