import type { World } from "./world.ts";

/**
 * Waits for a call, but no longer than until the signal is aborted.
 *
 * shape   undefined when aborted; the call itself goes on, and whatever it comes to is dropped
 */
export const untilAborted = async <A>(
  call: Promise<A>,
  signal: AbortSignal,
): Promise<A | undefined> => {
  let stopWaiting = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stopWaiting = () => resolve(undefined);
  });
  if (signal.aborted) stopWaiting();
  signal.addEventListener("abort", stopWaiting);
  try {
    return await Promise.race([call, aborted]);
  } finally {
    signal.removeEventListener("abort", stopWaiting);
  }
};

/**
 * Waits for a call, but no longer than a number of milliseconds.
 *
 * shape   undefined when the time is over; the call itself goes on, and whatever it comes to is
 *         dropped
 */
export const withinTime = async <A>(
  call: Promise<A>,
  milliseconds: number,
  world: World,
): Promise<A | undefined> => {
  const timer = new AbortController();
  const timeOver = world.sleep(milliseconds, timer.signal).then(() => undefined);
  try {
    return await Promise.race([call, timeOver]);
  } finally {
    timer.abort();
  }
};
