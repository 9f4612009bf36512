import { setTimeout as sleep } from "node:timers/promises";
import { audit } from "../../cli/audit/audit.ts";
import { waitUntilSettled } from "../../cli/start/wait-until-settled.ts";
import { judge, lagGoneAtMs, type Sightings } from "./judge.ts";
import type { LatencySummary } from "./latency-histogram.ts";
import type { Phase } from "./phase.ts";
import { createSampler, type Sampler } from "./sampler.ts";
import type { SoakOptions } from "./soak-options.ts";
import { type Parts, startParts } from "./start-parts.ts";

export type SoakReport = Sightings & {
  readonly broken: readonly string[];
  /** From the last request of the hot project until lag was gone; undefined if it did not go. */
  readonly lagGoneAfterMs: number | undefined;
  readonly hotTodosPerSecond: number;
};

/** How long lag may take to go, in lengths of the phase in which it came. */
const MAX_AFTER_LENGTHS = 2;

/** All requests must have ended, and none was ever replaced. */
const RULES = { complete: true, createdOnce: true };

const SEEN_WITHIN_MS = 120_000;
const POLL_MS = 100;

/**
 * Runs a soak: quiet projects alone, then beside a hot one, then after it.
 *
 * errors  throws if a process ends by itself, or when the signal is aborted; what is merely too slow or
 *         too large is in `broken`
 */
export const runSoak = async (
  options: SoakOptions,
  say: (line: string) => void,
  interrupted: AbortSignal = new AbortController().signal,
): Promise<SoakReport> => {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, interrupted]);
  const parts = await startParts(options, say);
  try {
    return await Promise.race([goThrough(parts, options, { say, signal }), parts.failed]);
  } finally {
    ended.abort(new Error("The soak has ended"));
    await parts.stop();
  }
};

type Surroundings = { readonly say: (line: string) => void; readonly signal: AbortSignal };

const goThrough = async (
  parts: Parts,
  { seconds, quietProjects, reportEveryMs }: SoakOptions,
  { say, signal }: Surroundings,
): Promise<SoakReport> => {
  const sampler = createSampler(parts, { everyMs: reportEveryMs, say, signal });
  const pass = (milliseconds: number): Promise<void> => sleep(milliseconds, undefined, { signal });
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await pass(POLL_MS);
  };
  const enter = (phase: Phase): number => {
    sampler.enter(phase);
    parts.enter(phase);
    return Date.now();
  };
  enter("fill");
  await until(() => parts.load.counts().filled === quietProjects);
  await waitUntilSettled(parts.container, () => signal.throwIfAborted());
  enter("alone");
  await pass(seconds.alone * 1000);
  const hotFromMs = enter("hot");
  await pass(seconds.hot * 1000);
  const hotToMs = enter("after");
  await pass(seconds.after * 1000);
  const overdueMs = hotToMs + MAX_AFTER_LENGTHS * seconds.hot * 1000;
  await until(() => isLagGone(sampler, hotToMs) || Date.now() > overdueMs);
  const lagAfter = sampler.lagSince(hotToMs);
  enter("settle");
  await until(() => parts.load.counts().isQuiet === 1);
  await waitUntilSettled(parts.container, () => signal.throwIfAborted());
  await sampler.stop();
  const report = await audit(parts.container, RULES);
  const seenByMs = Date.now() + SEEN_WITHIN_MS;
  await until(() => parts.subscriber.counts().todos === report.todos || Date.now() > seenByMs);
  const latencies = (await parts.subscriber.stop()) as Sightings["latencies"];
  const sightings: Sightings = {
    processes: sampler.samplesBetween(hotFromMs, hotToMs),
    lagAfter,
    latencies,
    audit: report,
    counts: Object.fromEntries(parts.all.map(({ name, counts }) => [name, counts()])),
  };
  return { ...sightings, ...figures(sightings, { hotFromMs, hotToMs }), broken: judge(sightings) };
};

const figures = (
  { latencies, lagAfter }: Sightings,
  { hotFromMs, hotToMs }: { readonly hotFromMs: number; readonly hotToMs: number },
) => {
  const goneAtMs = lagGoneAtMs(lagAfter);
  const hot: LatencySummary | undefined = latencies["hot hot"];
  const loadedMs = (goneAtMs ?? hotToMs) - hotFromMs;
  return {
    lagGoneAfterMs: goneAtMs === undefined ? undefined : goneAtMs - hotToMs,
    hotTodosPerSecond: ((hot?.count ?? 0) * 1000) / loadedMs,
  };
};

const isLagGone = (sampler: Sampler, sinceMs: number): boolean =>
  lagGoneAtMs(sampler.lagSince(sinceMs)) !== undefined;
