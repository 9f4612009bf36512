import { median } from "../bench/percentile.ts";
import type { ProcessSample } from "./part-messages.ts";

/** One process over time. */
export type ProcessSeries = { readonly name: string; readonly samples: readonly ProcessSample[] };

/** What a process used in the second third of a time and in the last one. */
export type Growth = { readonly secondThirdBytes: number; readonly lastThirdBytes: number };

/** How much more the last third may use, whichever is more. */
type Allowance = { readonly bytes: number; readonly share: number };

const MEBIBYTE = 1024 * 1024;

/** What is left alone by a full collection hardly varies: 8 MiB in 100 s are 80 bytes of each of 1,000 todos/s. */
const LIVE_ALLOWANCE: Allowance = { bytes: 8 * MEBIBYTE, share: 0.1 };

/** V8 takes and returns memory of the system in large steps, and as it thinks fit. */
const RSS_ALLOWANCE: Allowance = { bytes: 64 * MEBIBYTE, share: 0.25 };

/**
 * Compares the last third of a time under even load with the second third; the first is for caches
 * that fill and compilers that warm up.
 *
 * shape   of live bytes the lowest of each third: what came and went in between is not a leak, and a
 *         sawtooth has the same feet all along. Of resident memory, where nothing was collected before,
 *         the median. Undefined for a third without samples
 */
export const growthOf = (
  samples: readonly ProcessSample[],
  measure: "liveBytes" | "rssBytes",
): Growth | undefined => {
  const measured = samples.flatMap((sample) => {
    const bytes = sample[measure];
    return bytes === undefined ? [] : [{ atMs: sample.atMs, bytes }];
  });
  const [first, last] = [measured[0], measured.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const thirdMs = (last.atMs - first.atMs) / 3;
  const between = (from: number, to: number): readonly number[] =>
    measured
      .filter(({ atMs }) => atMs > first.atMs + from * thirdMs && atMs <= first.atMs + to * thirdMs)
      .map(({ bytes }) => bytes);
  const level = measure === "liveBytes" ? lowest : median;
  const [second, third] = [between(1, 2), between(2, 3)];
  if (second.length === 0 || third.length === 0) return undefined;
  return { secondThirdBytes: level(second), lastThirdBytes: level(third) };
};

/**
 * Is a process still taking more memory?
 *
 * shape   live bytes: more than the allowance in the last third. Resident memory follows the load as well,
 *         which is not even on a machine that others use: so it must also have grown on within that third
 */
export const isGrowing = (
  samples: readonly ProcessSample[],
  measure: "liveBytes" | "rssBytes",
): boolean => {
  if (measure === "liveBytes") return exceeds(growthOf(samples, measure), LIVE_ALLOWANCE);
  const { bytes, share } = RSS_ALLOWANCE;
  const within = { bytes: bytes / 4, share: share / 4 };
  return (
    exceeds(growthOf(samples, measure), RSS_ALLOWANCE) &&
    exceeds(growthOf(lastThirdOf(samples), measure), within)
  );
};

const exceeds = (growth: Growth | undefined, { bytes, share }: Allowance): boolean => {
  if (growth === undefined) return false;
  const { secondThirdBytes, lastThirdBytes } = growth;
  return lastThirdBytes - secondThirdBytes > Math.max(bytes, secondThirdBytes * share);
};

const lastThirdOf = (samples: readonly ProcessSample[]): readonly ProcessSample[] => {
  const [firstMs, lastMs] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0];
  return samples.filter(({ atMs }) => atMs >= lastMs - (lastMs - firstMs) / 3);
};

const lowest = (values: readonly number[]): number => Math.min(...values);
