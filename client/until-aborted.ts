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
