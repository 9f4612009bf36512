import type { World } from "../client/world.ts";
import { inParallel } from "./in-parallel.ts";
import { createPatientDrains } from "./patient-drains.ts";
import type { ProjectDrains } from "./project-drains.ts";
import { type Log, report, throwWhatConcernsEverybody } from "./report.ts";
import { ringsIn } from "./rings.ts";

/** Projects that one invocation drains at the same time. */
const MAX_PROJECTS_AT_ONCE = 32;

/**
 * Makes the function that the change feed calls: it drains each project that has pending requests
 * in the batch. The feed only rings; the drain finds out itself what is pending (DESIGN.md 4).
 *
 * shape   a project that takes long goes on draining after the invocation; a later one reports it
 * errors  throws an Error for what concerns every project, after each of the batch had its turn
 */
export const createProcessRequests = (drains: ProjectDrains, world: World) => {
  const { drain, takeEnded } = createPatientDrains(drains, world);
  return async (changes: readonly unknown[], log: Log): Promise<void> => {
    const rings = ringsIn(changes);
    if (rings.length === 0) return;
    const drained = await inParallel(rings, MAX_PROJECTS_AT_ONCE, drain);
    const endedNow = drained.filter((outcome) => outcome !== undefined);
    report(log, [...takeEnded(), ...endedNow]);
    throwWhatConcernsEverybody(endedNow);
  };
};
