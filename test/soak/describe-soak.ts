import { megabytes, starvationRatio } from "./judge.ts";
import { growthOf } from "./memory-growth.ts";
import type { SoakReport } from "./soak.ts";

/** Says what a soak came to, line by line. */
export const describeSoak = (report: SoakReport): readonly string[] => {
  const { audit, broken, lagGoneAfterMs, hotTodosPerSecond } = report;
  const rejected = Object.values(audit.rejected).reduce((sum, count) => sum + count, 0);
  const lag =
    lagGoneAfterMs === undefined ? "did not go" : `gone ${seconds(lagGoneAfterMs)} s after`;
  return [
    ...describeLatencies(report),
    `starvation      ${starvationRatio(report)?.toFixed(1) ?? "unknown"} (p99 of quiet projects beside the hot one / alone)`,
    `hot project     ${hotTodosPerSecond.toFixed(0)} todos/s`,
    `lag             ${lag} the hot project`,
    ...describeMemory(report),
    `${audit.requests} requests (${audit.todos} todos, ${rejected} rejected, ${audit.pending} pending) in ${audit.projects} projects, ${audit.violationCount} violations`,
    ...broken.map((sentence) => `BROKEN          ${sentence}`),
    broken.length === 0 ? "All bounds hold." : `${broken.length} bounds are broken.`,
  ];
};

const describeLatencies = ({ latencies }: SoakReport): readonly string[] =>
  Object.entries(latencies).map(
    ([key, { count, p50Ms, p99Ms, maxMs }]) =>
      `${key.padEnd(16)}${count} todos, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, slowest ${maxMs.toFixed(0)} ms`,
  );

const describeMemory = ({ memory }: SoakReport): readonly string[] =>
  memory.map(({ name, samples }) => {
    const grew = (measure: "liveBytes" | "rssBytes"): string => {
      const growth = growthOf(samples, measure);
      if (growth === undefined) return "-";
      return `${megabytes(growth.secondThirdBytes)} then ${megabytes(growth.lastThirdBytes)} MB`;
    };
    return `memory of ${name.padEnd(12)} resident ${grew("rssBytes")}, live ${grew("liveBytes")}`;
  });

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
