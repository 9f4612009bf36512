import type { AuditReport } from "../../cli/audit/audit.ts";
import { describeViolation } from "../../cli/audit/violation.ts";
import type { Lag } from "./lag.ts";
import type { LatencySummary } from "./latency-histogram.ts";
import { growthOf, isGrowing, type ProcessSeries } from "./memory-growth.ts";
import type { Counts } from "./part-messages.ts";

/** What a soak has seen. */
export type Sightings = {
  /** Each process while the hot project was hot. */
  readonly processes: readonly ProcessSeries[];
  /** Since the hot project went silent, while the quiet ones went on. */
  readonly lagAfter: readonly Lag[];
  /** By traffic and phase of submission, such as "quiet alone". */
  readonly latencies: Readonly<Record<string, LatencySummary>>;
  readonly audit: Pick<
    AuditReport,
    "projects" | "requests" | "todos" | "pending" | "rejected" | "violations" | "violationCount"
  >;
  /** By name of the process. */
  readonly counts: Readonly<Record<string, Counts>>;
};

/**
 * How much slower the slowest hundredth of the quiet projects' requests may get while another project
 * takes what it can get, all on one machine whose processors they share.
 */
const MAX_STARVATION_RATIO = 20;

/** A pending request this old is on its way: Cosmos DB tells its age in whole seconds. */
const NO_LAG_MS = 2_000;

/** Says which bounds a soak has broken, one sentence each; none is good. */
export const judge = (sightings: Sightings): readonly string[] => [
  ...judgeMemory(sightings),
  ...judgeLag(sightings),
  ...judgeStarvation(sightings),
  ...judgeTodos(sightings),
];

/** How many times slower quiet projects were beside the hot one; undefined if one was not measured. */
export const starvationRatio = ({
  latencies,
}: Pick<Sightings, "latencies">): number | undefined => {
  const [alone, hot] = [latencies["quiet alone"], latencies["quiet hot"]];
  return alone && hot ? hot.p99Ms / alone.p99Ms : undefined;
};

/** When lag was gone for good; undefined if it was not. */
export const lagGoneAtMs = (lagAfter: readonly Lag[]): number | undefined =>
  lagAfter[lagAfter.findLastIndex(({ oldestAgeMs }) => oldestAgeMs > NO_LAG_MS) + 1]?.atMs;

const judgeMemory = ({ processes }: Sightings): readonly string[] =>
  processes.flatMap((series) => [
    ...judgeGrowth(series, "liveBytes"),
    ...judgeGrowth(series, "rssBytes"),
  ]);

const judgeGrowth = (
  { name, samples }: ProcessSeries,
  measure: "liveBytes" | "rssBytes",
): readonly string[] => {
  const growth = growthOf(samples, measure);
  if (growth === undefined || !isGrowing(samples, measure)) return [];
  const { secondThirdBytes, lastThirdBytes } = growth;
  return [
    `memory: ${measure} of ${name} grew from ${megabytes(secondThirdBytes)} to ${megabytes(lastThirdBytes)} MB under even load`,
  ];
};

const judgeLag = ({ lagAfter }: Sightings): readonly string[] => {
  if (lagGoneAtMs(lagAfter) !== undefined) return [];
  const { oldestAgeMs = Number.NaN, pending = Number.NaN } = lagAfter.at(-1) ?? {};
  return [`lag: it did not return to zero: ${pending} pending, the oldest for ${oldestAgeMs} ms`];
};

const judgeStarvation = (sightings: Sightings): readonly string[] => {
  const ratio = starvationRatio(sightings);
  if (ratio === undefined) return ["starvation: quiet projects were not measured in both phases"];
  if (ratio <= MAX_STARVATION_RATIO) return [];
  return [
    `starvation: p99 of quiet projects is ${ratio.toFixed(1)} times that without the hot project, ${MAX_STARVATION_RATIO} are allowed`,
  ];
};

const judgeTodos = ({ audit, counts }: Sightings): readonly string[] => {
  const seen = counts.subscriber?.todos ?? 0;
  const refused = counts.load?.notTaken ?? 0;
  return [
    ...audit.violations.map(describeViolation),
    ...(seen === audit.todos ? [] : [`the subscriber saw ${seen} of ${audit.todos} todos`]),
    ...(refused === 0 ? [] : [`${refused} requests of quiet projects were not taken`]),
  ];
};

/** Writes bytes as megabytes. */
export const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(0);
