import { describe, expect, test } from "vitest";
import {
  type InvocationEnd,
  invokeWithRetries,
  type RetryContext,
  retryPolicyOf,
} from "../../local/host/retry-policy.ts";
import { manualWorld } from "./manual-world.ts";

const failing = (times: number) => {
  const contexts: (RetryContext | undefined)[] = [];
  const invoke = async (context: RetryContext | undefined): Promise<InvocationEnd> => {
    contexts.push(context);
    return contexts.length <= times
      ? { kind: "failed", error: new Error(`attempt ${contexts.length}`) }
      : { kind: "succeeded", returnValue: undefined };
  };
  return { contexts, invoke };
};

const neverStopping = () => new AbortController().signal;
const fixed = (maxRetryCount: number, seconds: number) =>
  retryPolicyOf({ retryStrategy: "fixedDelay", maxRetryCount, delayInterval: { seconds } });

describe("the retry policy of a function", () => {
  test("without a policy, a failure is final after one attempt", async () => {
    const { contexts, invoke } = failing(1);
    const world = manualWorld(0);
    const end = await invokeWithRetries(invoke, undefined, { world, signal: neverStopping() });
    expect(end.kind).toBe("failed");
    expect(contexts).toEqual([undefined]);
  });

  test("a count of -1 repeats until success, with the fixed wait in between", async () => {
    const { contexts, invoke } = failing(7);
    const world = manualWorld(0);
    const end = await invokeWithRetries(invoke, fixed(-1, 2), { world, signal: neverStopping() });
    expect(end.kind).toBe("succeeded");
    expect(contexts).toHaveLength(8);
    expect(world.sleptMs).toEqual(Array(7).fill(2000));
  });

  test("a count of 3 means four attempts, and then the failure is final", async () => {
    const { contexts, invoke } = failing(100);
    const world = manualWorld(0);
    const end = await invokeWithRetries(invoke, fixed(3, 0), { world, signal: neverStopping() });
    expect(end.kind).toBe("failed");
    expect(contexts.map((context) => context?.retryCount)).toEqual([undefined, 1, 2, 3]);
    expect(contexts[3]).toMatchObject({ maxRetryCount: 3, exception: { message: "attempt 3" } });
  });

  test("exponential waits start at the minimum, grow, and end at the maximum", async () => {
    const policy = retryPolicyOf({
      retryStrategy: "exponentialBackoff",
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 10 },
    });
    const waits = [1, 2, 3, 4, 5, 50].map((failures) => policy!.delayMs(failures, 0.5));
    expect(waits).toEqual([1000, 2000, 3000, 5000, 9000, 10_000]);
  });

  test("a shutdown during the wait ends the attempts with the failure", async () => {
    const { contexts, invoke } = failing(100);
    const stopping = new AbortController();
    const world = { ...manualWorld(0), sleep: async () => stopping.abort() };
    const end = await invokeWithRetries(invoke, fixed(-1, 1), { world, signal: stopping.signal });
    expect(end.kind).toBe("failed");
    expect(contexts).toHaveLength(1);
  });
});
