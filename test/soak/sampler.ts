import { setTimeout as sleep } from "node:timers/promises";
import { untilReachable } from "../../cli/until-reachable.ts";
import { megabytes } from "./judge.ts";
import { type Lag, readLag } from "./lag.ts";
import type { ProcessSeries } from "./memory-growth.ts";
import type { ProcessSample } from "./part-messages.ts";
import type { Phase } from "./phase.ts";
import { sampleChildren } from "./script-processes.ts";
import type { Parts } from "./start-parts.ts";

/** Watches a soak: lag, the memory of what cannot report itself, and a line of progress. */
export type Sampler = {
  readonly enter: (phase: Phase) => void;
  readonly lagSince: (atMs: number) => readonly Lag[];
  readonly samplesBetween: (fromMs: number, toMs: number) => readonly ProcessSeries[];
  readonly stop: () => Promise<void>;
};

export type SamplerOptions = {
  readonly everyMs: number;
  readonly say: (line: string) => void;
  /** Ends it as well. */
  readonly signal: AbortSignal;
};

/**
 * While a long backlog is counted all others wait: between two counts it rests so many times as
 * long, and longest while it is measured how long the others wait.
 */
const restAfterLag = (phase: Phase): number => (phase === "hot" ? 100 : 10);

/** Starts to watch. */
export const createSampler = (parts: Parts, { everyMs, say, signal }: SamplerOptions): Sampler => {
  const lags: Lag[] = [];
  const scripts = new Map<number, ProcessSample[]>();
  const startedAtMs = Date.now();
  const stopping = new AbortController();
  const ending = AbortSignal.any([stopping.signal, signal]);
  let phase: Phase = "fill";
  let countAtMs = 0;
  const noteScripts = (): void => {
    for (const { pid, ...sample } of sampleChildren(parts.server.pid) ?? []) {
      scripts.set(pid, [...(scripts.get(pid) ?? []), sample]);
    }
  };
  const watch = async (): Promise<void> => {
    while (!ending.aborted) {
      const beganAtMs = Date.now();
      if (beganAtMs >= countAtMs) {
        lags.push(await untilReachable(() => readLag(parts.container)));
        const endedAtMs = Date.now();
        countAtMs = endedAtMs + restAfterLag(phase) * (endedAtMs - beganAtMs);
      }
      noteScripts();
      const lag = lags.at(-1);
      if (lag) say(describe(parts, { phase, lag, passedMs: beganAtMs - startedAtMs }));
      await sleep(everyMs, undefined, { signal: ending }).catch(() => undefined);
    }
  };
  if (sampleChildren(parts.server.pid) === undefined) {
    say("There is no /proc here: the memory of the processes that run scripts is not watched.");
  }
  const watching = watch().catch((error: unknown) => say(`lag is not watched: ${error}`));
  const all = (): readonly ProcessSeries[] => [
    ...parts.all.map(({ name, samples }) => ({ name, samples })),
    ...[...scripts].map(([pid, samples]) => ({ name: `script ${pid}`, samples })),
  ];
  return {
    enter: (next) => {
      phase = next;
      countAtMs = 0;
    },
    lagSince: (since) => lags.filter(({ atMs }) => atMs >= since),
    samplesBetween: (fromMs, toMs) =>
      all().map(({ name, samples }) => ({
        name,
        samples: samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
      })),
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
};

type Moment = { readonly phase: Phase; readonly lag: Lag; readonly passedMs: number };

const describe = (parts: Parts, { phase, lag, passedMs }: Moment): string => {
  const { todos = 0, [`quiet ${phase} p99Ms`]: p99Ms } = parts.subscriber.counts();
  const { sent = 0, skipped = 0 } = parts.load.counts();
  const { accepted = 0 } = parts.hot.counts();
  const memory = parts.all.map(({ name, samples }) => {
    return `${name} ${megabytes(samples.at(-1)?.rssBytes ?? 0)}`;
  });
  return [
    `${(passedMs / 1000).toFixed(0).padStart(4)} s ${phase.padEnd(6)}`,
    `quiet ${sent} sent${skipped > 0 ? ` (${skipped} left out)` : ""}`,
    `p99 ${p99Ms === undefined ? "-" : p99Ms.toFixed(0)} ms`,
    `hot ${accepted}`,
    `todos ${todos}`,
    `pending ${lag.pending}, oldest ${Math.max(0, lag.oldestAgeMs / 1000).toFixed(1)} s`,
    `MB ${memory.join(", ")}`,
  ].join("  ");
};
