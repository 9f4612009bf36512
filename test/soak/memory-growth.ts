import { median } from "../bench/percentile.ts";
import type { ProcessSample } from "./part-messages.ts";

/** One process over time. */
export type ProcessSeries = { readonly name: string; readonly samples: readonly ProcessSample[] };

/** What a process used in the second third of a time and in the last one. */
export type Growth = { readonly secondThirdBytes: number; readonly lastThirdBytes: number };

/** How much more the last third may use, whichever is more. */
export type Allowance = { readonly bytes: number; readonly share: number };

const MEBIBYTE = 1024 * 1024;

/** What is left alone by a full collection hardly varies: 8 MiB in 100 s are 80 bytes of each of 1,000 todos/s. */
export const LIVE_ALLOWANCE: Allowance = { bytes: 8 * MEBIBYTE, share: 0.1 };

/** V8 takes and returns memory of the system in large steps, and as it thinks fit. */
export const RSS_ALLOWANCE: Allowance = { bytes: 64 * MEBIBYTE, share: 0.25 };

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

/** Is that more than the allowance? */
export const isGrowing = (
  { secondThirdBytes, lastThirdBytes }: Growth,
  { bytes, share }: Allowance,
): boolean => lastThirdBytes - secondThirdBytes > Math.max(bytes, secondThirdBytes * share);

const lowest = (values: readonly number[]): number => Math.min(...values);
