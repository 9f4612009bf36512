import type { World } from "../client/world.ts";
import { inParallel } from "./in-parallel.ts";
import { createPatientDrains } from "./patient-drains.ts";
import type { ProjectDrains } from "./project-drains.ts";
import { type Log, report, throwWhatConcernsEverybody } from "./report.ts";
import { ringsIn } from "./rings.ts";

/** Projects that one invocation drains at the same time. */
const MAX_PROJECTS_AT_ONCE = 32;

/**
 * Changes of one page of the feed; a transaction makes it longer. A page takes some 0.1 s, however
 * long it is, and a project with 2,500 todos/s makes 5,500 changes/s.
 *
 * source  beside such a project p99 of the others was 4.4 s with pages of 500 and grew with the backlog of the
 *         feed, and 0.6 s with these; measured 2026-11 with `npm run soak`
 */
export const MAX_CHANGES_PER_PAGE = 2_000;

/**
 * Makes the function that the change feed calls: it drains each project that has pending requests
 * in the batch. The feed only rings; the drain finds out itself what is pending.
 *
 * shape   a project that takes long goes on draining after the invocation; a later one reports it
 * errors  throws an Error for what concerns every project, after each of the batch had its turn,
 *         and for what has stopped a project that was left behind since: the trigger then waits
 */
export const createProcessRequests = (drains: ProjectDrains, world: World) => {
  const { drain, takeEnded } = createPatientDrains(drains, world);
  return async (changes: readonly unknown[], log: Log): Promise<void> => {
    const isPageFull = changes.length >= MAX_CHANGES_PER_PAGE;
    const drained = await inParallel(ringsIn(changes), MAX_PROJECTS_AT_ONCE, (ring) =>
      drain(ring, isPageFull),
    );
    const ended = [...takeEnded(), ...drained.filter((outcome) => outcome !== undefined)];
    if (ended.length === 0) return;
    report(log, ended);
    throwWhatConcernsEverybody(ended);
  };
};
