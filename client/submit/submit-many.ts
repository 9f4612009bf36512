import type { Submission, SubmitRequest } from "../submission.ts";

/** How many requests had which end so far. */
export type SubmitCounts = { readonly [Kind in Submission["kind"]]: number };

export type SubmitManyOptions = {
  /** Called every `progressEvery` ends, and at the end. */
  readonly onProgress?: (counts: SubmitCounts) => void;
  readonly progressEvery?: number;
  /** Called with each submission as it ends; the order is that of the ends. */
  readonly onSubmission?: (submission: Submission) => void;
  /** Requests taken out of the iterable and not ended yet. */
  readonly maxOutstanding?: number;
};

/** Counts, and the requests that somebody must look at. */
export type SubmitManyResult = {
  readonly counts: SubmitCounts;
  /** The first `MAX_LISTED` conflicting and invalid ones; use `onSubmission` to see all. */
  readonly notAccepted: readonly Submission[];
};

export const MAX_LISTED = 1_000;

const DEFAULT_PROGRESS_EVERY = 1_000;
const DEFAULT_MAX_OUTSTANDING = 10_000;

/** Submits everything that an iterable gives, a bounded number at a time. */
export const submitAll = async (
  submit: (request: SubmitRequest) => Promise<Submission>,
  requests: Iterable<SubmitRequest> | AsyncIterable<SubmitRequest>,
  options: SubmitManyOptions,
): Promise<SubmitManyResult> => {
  const progressEvery = options.progressEvery ?? DEFAULT_PROGRESS_EVERY;
  const maxOutstanding = options.maxOutstanding ?? DEFAULT_MAX_OUTSTANDING;
  const counts = { accepted: 0, "already-accepted": 0, conflicting: 0, invalid: 0 };
  const notAccepted: Submission[] = [];
  const errors: unknown[] = [];
  let outstanding = 0;
  let ended = 0;
  let wake = (): void => undefined;

  const onEnd = (submission: Submission): void => {
    counts[submission.kind] += 1;
    const isListed = submission.kind === "conflicting" || submission.kind === "invalid";
    if (isListed && notAccepted.length < MAX_LISTED) notAccepted.push(submission);
    options.onSubmission?.(submission);
    ended += 1;
    if (ended % progressEvery === 0) options.onProgress?.({ ...counts });
  };
  const start = (request: SubmitRequest): void => {
    outstanding += 1;
    submit(request)
      .then(onEnd)
      .catch((error: unknown) => errors.push(error))
      .finally(() => {
        outstanding -= 1;
        wake();
      });
  };
  const waitWhile = async (isTooMany: () => boolean): Promise<void> => {
    while (isTooMany()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  for await (const request of requests) {
    if (errors.length > 0) break;
    start(request);
    // Down to half before taking more, so that each project gathers enough for a full batch.
    if (outstanding >= maxOutstanding) await waitWhile(() => outstanding > maxOutstanding / 2);
  }
  await waitWhile(() => outstanding > 0);
  if (errors.length > 0) throw errors[0];
  options.onProgress?.({ ...counts });
  return { counts, notAccepted };
};
