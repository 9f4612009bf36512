import type { Account } from "../http/exchange.ts";
import type { PhysicalPartition } from "../store/physical-partition.ts";

/** Waits until a partition commits or goes away, the time is over, or the server closes. */
export const waitForCommit = (
  { store, closing }: Account,
  partition: PhysicalPartition,
  waitMs: number,
): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      cancel();
      closing.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    const cancel = store.onNextCommit(partition, done);
    closing.addEventListener("abort", done);
  });
