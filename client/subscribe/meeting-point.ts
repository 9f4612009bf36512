/**
 * Where producers hand over one thing at a time to one consumer.
 *
 * shape   `offer` resolves when the consumer is done with what was offered, so each producer has at
 *         most one waiting; `fail` ends the consumer with an error, `end` without one
 */
export type MeetingPoint<A> = {
  readonly offer: (thing: A) => Promise<void>;
  readonly fail: (error: unknown) => void;
  readonly end: () => void;
  /** What was offered first, or undefined after the end; call `done` when it is used up. */
  readonly take: () => Promise<{ readonly thing: A; readonly done: () => void } | undefined>;
};

/** Makes a meeting point. */
export const createMeetingPoint = <A>(): MeetingPoint<A> => {
  const offers: { readonly thing: A; readonly done: () => void }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let isOver = false;
  let wake = (): void => undefined;
  return {
    offer: (thing) =>
      new Promise((done) => {
        offers.push({ thing, done });
        wake();
      }),
    fail: (error) => {
      failure ??= { error };
      wake();
    },
    end: () => {
      isOver = true;
      wake();
    },
    take: async () => {
      for (;;) {
        if (failure) throw failure.error;
        if (isOver) return undefined;
        const first = offers.shift();
        if (first) return first;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
};
