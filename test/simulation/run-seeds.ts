import { FAULTS, type Fault } from "./faults.ts";
import { runWorld } from "./world.ts";

export type SeedsOptions = {
  readonly from: number;
  readonly count: number;
  /** Ends at the first violation. */
  readonly stopsAtFirst?: boolean;
  readonly onProgress?: (summary: Summary) => void;
};

/** What many worlds came to. */
export type Summary = {
  readonly from: number;
  readonly seeds: number;
  readonly distinctSchedules: number;
  readonly steps: number;
  readonly todos: number;
  readonly virtualMs: number;
  readonly cpuMsPerSeed: number;
  readonly faults: Readonly<Record<Fault, number>>;
  readonly violations: readonly { readonly seed: number; readonly violation: string }[];
};

const PROGRESS_EVERY_MS = 5_000;

/** Runs worlds one after the other. */
export const runSeeds = async (options: SeedsOptions): Promise<Summary> => {
  const { from, count, stopsAtFirst = false, onProgress } = options;
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  const violations: { seed: number; violation: string }[] = [];
  const schedules = new Set<string>();
  const startedCpu = process.cpuUsage();
  const sums = { steps: 0, todos: 0, virtualMs: 0 };
  let seeds = 0;
  const summary = (): Summary => {
    const { user, system } = process.cpuUsage(startedCpu);
    const cpuMsPerSeed = (user + system) / 1_000 / Math.max(1, seeds);
    const distinctSchedules = schedules.size;
    return { from, seeds, distinctSchedules, ...sums, cpuMsPerSeed, faults, violations };
  };
  let toldAtMs = Date.now();
  // Errors are answers here, thousands a second, and nobody reads where they were made.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    while (seeds < count && !(stopsAtFirst && violations.length > 0)) {
      const end = await runWorld({ seed: from + seeds });
      seeds += 1;
      schedules.add(end.traceHash);
      for (const name of ["steps", "todos", "virtualMs"] as const) sums[name] += end[name];
      for (const fault of FAULTS) faults[fault] += end.faults[fault] ?? 0;
      if (end.violation !== undefined) {
        violations.push({ seed: end.seed, violation: end.violation });
      }
      if (Date.now() - toldAtMs < PROGRESS_EVERY_MS) continue;
      toldAtMs = Date.now();
      onProgress?.(summary());
      // Lets signals and timers of the process through.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  onProgress?.(summary());
  return summary();
};
