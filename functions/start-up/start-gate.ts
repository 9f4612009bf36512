import { backoffMs } from "../../client/backoff.ts";
import { withinTime } from "../../client/until-aborted.ts";
import type { World } from "../../client/world.ts";
import { answerTo, describeFailure } from "../drain-answers.ts";

/** An invocation waits no longer than this for a Cosmos DB that is away when the app starts. */
const PATIENCE_MS = 20_000;

const BACKOFF = { firstMs: 100, maxMs: 2_000 };

/** What every invocation passes before it does anything. */
export type StartGate = {
  /**
   * Resolves once the deployment was found right, and from then on at once.
   *
   * errors  throws an Error that says what is wrong, or, with `code` 503, what passes by itself. The
   *         host delivers the batch again, and then the check is made anew: nothing is lost, and a
   *         deployment that was mended needs no restart
   */
  readonly passed: () => Promise<void>;
};

/**
 * Makes the gate of one process out of the check of its deployment.
 *
 * shape   one check at a time, whoever waits for it. It is not made in `appStart`: the Functions host
 *         gives a worker 10 s to start, and ends one whose start fails for good
 */
export const createStartGate = (
  check: () => Promise<readonly string[]>,
  world: World,
): StartGate => {
  let isPassed = false;
  let checking: Promise<void> | undefined;

  const checkUntilAnswered = async (): Promise<void> => {
    const giveUpAtMs = world.now() + PATIENCE_MS;
    for (let failures = 1; ; failures += 1) {
      try {
        const faults = await check();
        if (faults.length > 0) throw new Refused(faults);
        isPassed = true;
        return;
      } catch (error) {
        if (error instanceof Refused) throw error;
        const { retryAfterMs } = answerTo(error);
        const waitMs = backoffMs(BACKOFF, failures, { retryAfterMs, random: world.random() });
        if (world.now() + waitMs > giveUpAtMs) throw unreachable(error);
        await world.sleep(waitMs);
      }
    }
  };

  return {
    passed: async () => {
      if (isPassed) return;
      checking ??= checkUntilAnswered().finally(() => {
        checking = undefined;
      });
      const ended = await withinTime(
        checking.then(() => true),
        PATIENCE_MS,
        world,
      );
      if (ended === undefined) throw unreachable(new Error("no answer"));
    },
  };
};

class Refused extends Error {
  constructor(faults: readonly string[]) {
    super(`The app refuses to run: ${faults.join("; ")}.`);
  }
}

const unreachable = (cause: unknown): Error =>
  Object.assign(
    new Error(
      `The app cannot check its deployment yet: ${describeFailure(cause)}. ${answerTo(cause).advice}.`,
      { cause },
    ),
    { code: 503 },
  );
