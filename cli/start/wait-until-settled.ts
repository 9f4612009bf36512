import type { Container } from "@azure/cosmos";
import { systemWorld } from "../../client/world.ts";
import { PENDING_REQUEST_SQL } from "../../domain/request-document.ts";
import { untilReachable } from "../until-reachable.ts";

const SHORTEST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/**
 * Waits until no request of the container is pending.
 *
 * shape   counts again and again, less often the longer counting takes
 */
export const waitUntilSettled = async (
  items: Container,
  onPending: (pending: number) => void,
): Promise<void> => {
  for (;;) {
    const startedAtMs = systemWorld.now();
    const pending = await untilReachable(() => countDocuments(items, PENDING_REQUEST_SQL));
    onPending(pending);
    if (pending === 0) return;
    const tookMs = systemWorld.now() - startedAtMs;
    await systemWorld.sleep(Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, 4 * tookMs)));
  }
};

/** Counts the documents of all projects that match a condition. */
export const countDocuments = async (items: Container, condition: string): Promise<number> => {
  const query = `SELECT VALUE COUNT(1) FROM c WHERE ${condition}`;
  const { resources } = await items.items.query<number>(query).fetchAll();
  return resources.reduce((sum, count) => sum + count, 0);
};
