/** How long to wait before calling again after a number of failures in a row. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number };

/**
 * Computes the wait before the next attempt.
 *
 * shape   doubles with each failure up to the maximum, half of it by chance, so that those who
 *         failed together do not come back together; never shorter than what Cosmos DB asked for
 * units   milliseconds; random: 0 ≤ random < 1
 */
export const backoffMs = (
  { firstMs, maxMs }: Backoff,
  failures: number,
  { retryAfterMs = 0, random }: { readonly retryAfterMs?: number | undefined; random: number },
): number => {
  const growthMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(growthMs * (0.5 + random / 2), retryAfterMs * (1 + random / 4));
};
