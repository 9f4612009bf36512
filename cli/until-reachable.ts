import { type Backoff, backoffMs } from "../client/backoff.ts";
import { classifyFailure } from "../client/failure.ts";
import { systemWorld } from "../client/world.ts";

const GIVE_UP_AFTER_MS = 60_000;
const RETRY_BACKOFF: Backoff = { firstMs: 50, maxMs: 2_000 };

/**
 * Calls Cosmos DB, and again while it is away or busy: the local server may just be starting again.
 *
 * shape   only for calls that may run twice
 * errors  the last one, after a minute, or at once if trying again cannot help
 */
export const untilReachable = async <A>(call: () => Promise<A>): Promise<A> => {
  const startedAtMs = systemWorld.now();
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      const failure = classifyFailure(error);
      const triedMs = systemWorld.now() - startedAtMs;
      if (failure.kind !== "transient" || triedMs > GIVE_UP_AFTER_MS) throw error;
      const random = systemWorld.random();
      const retryAfterMs = failure.retryAfterMs ?? 0;
      await systemWorld.sleep(backoffMs(RETRY_BACKOFF, failures, { retryAfterMs, random }));
    }
  }
};
