import type { World } from "../client/world.ts";
import { inParallel } from "./in-parallel.ts";
import type { LateProject } from "./late-projects.ts";
import { createPatientDrains } from "./patient-drains.ts";
import type { ProjectBackoff } from "./project-backoff.ts";
import type { ProjectDrains } from "./project-drains.ts";
import { type Log, report, throwWhatConcernsEverybody } from "./report.ts";

/** A pending request this old has been missed, or waits behind others: the doorbell takes less. */
const LATE_AFTER_S = 5;

/** Projects of one sweep, and of them at the same time; the oldest first, the rest next time. */
const MAX_PROJECTS = 1000;
const MAX_PROJECTS_AT_ONCE = 16;

/**
 * To look for late projects costs what all pending requests together cost to count, and while it is
 * answered others wait: with a long backlog a sweep must not take from them what they need.
 *
 * source  4 µs of the embedded server for each pending request, measured 2026-11 with `npm run soak`
 */
const REST_PER_LOOK = 50;
/** A look that takes this long counts little, and is answered slowly only by the way. */
const QUICK_LOOK_MS = 100;
const MAX_REST_MS = 60_000;

export type SweepParts = {
  readonly findLate: (before: number) => Promise<readonly LateProject[]>;
  readonly drains: ProjectDrains;
  readonly backoff: ProjectBackoff;
  readonly world: World;
};

/**
 * Makes the function that a timer calls: it drains the projects whose oldest request is late.
 *
 * It keeps I1 when the change feed trigger loses a batch, and comes back, ever less often, to the
 * projects that fail on their own data.
 *
 * errors  throws an Error for what concerns every project; the timer comes again anyway
 */
export const createSweep = ({ findLate, drains, backoff, world }: SweepParts) => {
  const { drain, takeEnded } = createPatientDrains(drains, world);
  let lookedAtMs = 0;
  let restMs = 0;
  return async (log: Log): Promise<void> => {
    const startedAtMs = world.now();
    const restedMs = startedAtMs - lookedAtMs;
    if (restedMs >= 0 && restedMs < restMs) return;
    const nowS = startedAtMs / 1000;
    const late = await findLate(Math.floor(nowS) - LATE_AFTER_S);
    lookedAtMs = world.now();
    const longMs = Math.max(0, lookedAtMs - startedAtMs - QUICK_LOOK_MS);
    restMs = Math.min(MAX_REST_MS, REST_PER_LOOK * longMs);
    const endedBefore = takeEnded();
    for (const outcome of endedBefore) backoff.note(outcome);
    const idle = late.filter(({ project }) => !drains.isBusy(project));
    const due = idle.filter(({ project }) => backoff.isDue(project)).slice(0, MAX_PROJECTS);
    const [oldest] = late;
    if (oldest !== undefined) {
      const oldestAgeS = Math.round(nowS - oldest.oldestTs);
      log.warn(
        `late projects=${late.length} due=${due.length} failing=${idle.length - due.length} oldest=${oldest.project.key} oldestAgeS=${oldestAgeS}`,
      );
    }
    const drained = await inParallel(due, MAX_PROJECTS_AT_ONCE, ({ project }) =>
      drain({ project, feedOrder: [] }),
    );
    const endedNow = drained.filter((outcome) => outcome !== undefined);
    for (const outcome of endedNow) backoff.note(outcome);
    const ended = [...endedBefore, ...endedNow];
    if (ended.length === 0) return;
    report(log, ended);
    throwWhatConcernsEverybody(ended);
  };
};
