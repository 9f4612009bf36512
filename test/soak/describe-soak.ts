import { megabytes, starvationRatio } from "./judge.ts";
import { growthOf } from "./memory-growth.ts";
import type { ProcessSample } from "./part-messages.ts";
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
    ...describeProcesses(report),
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

const describeProcesses = ({ processes }: SoakReport): readonly string[] =>
  processes.map(({ name, samples }) => {
    const grew = (measure: "liveBytes" | "rssBytes"): string => {
      const growth = growthOf(samples, measure);
      if (growth === undefined) return "-";
      return `${megabytes(growth.secondThirdBytes)} then ${megabytes(growth.lastThirdBytes)} MB`;
    };
    const memory = `resident ${grew("rssBytes")}, live ${grew("liveBytes")}`;
    return `${name.padEnd(16)}${memory}, ${processorShare(samples)} % of a processor`;
  });

const processorShare = (samples: readonly ProcessSample[]): string => {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || first === last) return "-";
  return ((100 * (last.cpuMs - first.cpuMs)) / (last.atMs - first.atMs)).toFixed(0);
};

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
