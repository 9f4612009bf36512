import { type Backoff, backoffMs } from "../backoff.ts";
import { classifyFailure, statusOf } from "../failure.ts";
import type { ProcessorContext } from "./context.ts";
import type { HeldLease } from "./work-on-lease.ts";

const RETRY_BACKOFF: Backoff = { firstMs: 50, maxMs: 1_000 };
const GONE = 410;

/**
 * Calls Cosmos DB for a lease, and again while it is away or busy.
 *
 * shape   only for calls that may run twice. The lease is kept meanwhile: to release it and acquire
 *         it again takes seconds; whoever cannot renew it either loses it when it expires
 * errors  what calling again cannot mend; a 410, after which the lease is taken up anew
 * source  as the .NET processor, below which its SDK tries again. Leases that were released when the
 *         embedded server crashed were acquired 7 to 9 s after the crash, seen 2026-11
 */
export const whileHeld = async <A>(
  { events, world }: ProcessorContext,
  { lease, controller: { signal } }: HeldLease,
  call: () => Promise<A>,
): Promise<A> => {
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      const failure = classifyFailure(error);
      const isGone = statusOf(error).code === GONE;
      if (failure.kind !== "transient" || isGone || signal.aborted) throw error;
      events.onError?.(error, "process", lease.LeaseToken);
      const { retryAfterMs } = failure;
      const random = world.random();
      await world.sleep(backoffMs(RETRY_BACKOFF, failures, { retryAfterMs, random }), signal);
    }
  }
};
