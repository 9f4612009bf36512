/** Latencies of any number of requests in bounded memory. */
export type LatencyHistogram = {
  readonly add: (latencyMs: number) => void;
  readonly summary: () => LatencySummary;
};

export type LatencySummary = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** Neighbouring buckets differ by this factor, so a percentile is wrong by 1 % at most. */
const BUCKET_FACTOR = 1.02;

/** Makes a histogram with buckets that grow with the latency. */
export const createLatencyHistogram = (): LatencyHistogram => {
  const counts = new Map<number, number>();
  let count = 0;
  let maxMs = 0;
  const percentile = (share: number): number => {
    const rank = Math.ceil(share * count);
    let passed = 0;
    for (const bucket of [...counts.keys()].sort((a, b) => a - b)) {
      passed += counts.get(bucket) ?? 0;
      if (passed >= rank) return Math.min(maxMs, BUCKET_FACTOR ** bucket - 1);
    }
    return Number.NaN;
  };
  return {
    add: (latencyMs) => {
      // Clocks of two processes may differ by less than a millisecond.
      const positiveMs = Math.max(0, latencyMs);
      const bucket = Math.round(Math.log(positiveMs + 1) / Math.log(BUCKET_FACTOR));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
      count += 1;
      maxMs = Math.max(maxMs, positiveMs);
    },
    summary: () => ({ count, p50Ms: percentile(0.5), p99Ms: percentile(0.99), maxMs }),
  };
};
