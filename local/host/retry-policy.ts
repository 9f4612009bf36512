import type { World } from "../../client/world.ts";
import type { RpcRetryOptions } from "./core-api.ts";

/** How often a failed invocation is repeated, and after which wait. */
export type RetryPolicy = {
  readonly maxRetryCount: number;
  readonly delayMs: (failures: number, random: number) => number;
};

/** What an invocation is told about the attempts before it. */
export type RetryContext = {
  readonly retryCount: number;
  readonly maxRetryCount: number;
  readonly exception: { readonly message: string; readonly stackTrace: string };
};

export type Invoke = (retryContext: RetryContext | undefined) => Promise<InvocationEnd>;
export type InvocationEnd =
  | { readonly kind: "succeeded"; readonly returnValue: unknown }
  | { readonly kind: "failed"; readonly error: unknown };

/**
 * Reads the policy that a function was registered with.
 *
 * units   whole seconds arrive: the library rounds milliseconds (400 ms becomes 0)
 * source  FixedDelayRetryAttribute and RandomizedExponentialBackoffStrategy of the WebJobs SDK
 */
export const retryPolicyOf = (options: RpcRetryOptions | undefined): RetryPolicy | undefined => {
  if (!options) return undefined;
  const { maxRetryCount, retryStrategy } = options;
  if (retryStrategy === "fixedDelay") {
    const delayMs = (options.delayInterval?.seconds ?? 0) * 1000;
    return { maxRetryCount, delayMs: () => delayMs };
  }
  const minimumMs = (options.minimumInterval?.seconds ?? 0) * 1000;
  const maximumMs = (options.maximumInterval?.seconds ?? 0) * 1000;
  return {
    maxRetryCount,
    delayMs: (failures, random) => {
      if (failures <= 1) return Math.min(minimumMs, maximumMs);
      const growthMs = (0.8 + 0.4 * random) * 2 ** (failures - 2) * minimumMs;
      return Math.min(maximumMs, minimumMs + growthMs);
    },
  };
};

/**
 * Invokes until success, until the policy is exhausted, or until the host shuts down.
 *
 * shape   answers the last end; the caller decides what a failure means for its trigger
 * source  FunctionExecutorExtensions.TryExecuteAsync of the WebJobs SDK
 */
export const invokeWithRetries = async (
  invoke: Invoke,
  policy: RetryPolicy | undefined,
  { world, signal }: { readonly world: World; readonly signal: AbortSignal },
): Promise<InvocationEnd> => {
  let end = await invoke(undefined);
  for (let failures = 1; end.kind === "failed" && policy; failures += 1) {
    const isExhausted = policy.maxRetryCount !== -1 && failures > policy.maxRetryCount;
    if (isExhausted || signal.aborted) break;
    await world.sleep(policy.delayMs(failures, world.random()), signal);
    if (signal.aborted) break;
    end = await invoke({
      retryCount: failures,
      maxRetryCount: policy.maxRetryCount,
      exception: describe(end.error),
    });
  }
  return end;
};

const describe = (error: unknown): RetryContext["exception"] => ({
  message: error instanceof Error ? error.message : String(error),
  stackTrace: error instanceof Error ? (error.stack ?? "") : "",
});
