import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 10;
/** Far beyond what a busy machine needs: only a fault lets it pass. */
const GIVE_UP_AFTER_MS = 30_000;

/** Waits until something has become true; fails with what was waited for. */
export const eventually = async (
  fact: string,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> => {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`It never came true that ${fact}`);
    await sleep(POLL_MS);
  }
};
