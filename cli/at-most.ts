/** Lets a number of calls run at the same time. */
export type Limiter = {
  /** Waits until fewer run, then starts the call and does not wait for its end. */
  readonly start: (call: () => Promise<void>) => Promise<void>;
  /** Waits until none runs; throws the first error of them all. */
  readonly idle: () => Promise<void>;
};

/** Makes a limiter of so many calls at once. */
export const createLimiter = (atMost: number): Limiter => {
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  return {
    start: async (call) => {
      while (running.size >= atMost) await Promise.race(running);
      const ended: Promise<void> = call()
        .catch((error: unknown) => void errors.push(error))
        .finally(() => running.delete(ended));
      running.add(ended);
    },
    idle: async () => {
      await Promise.all(running);
      if (errors.length > 0) throw errors[0];
    },
  };
};
