import { inParallel } from "./in-parallel.ts";
import type { ProjectDrains } from "./project-drains.ts";
import { type Log, report, throwWhatConcernsEverybody } from "./report.ts";
import { ringsIn } from "./rings.ts";

/** Projects that one invocation drains at the same time. */
const MAX_PROJECTS_AT_ONCE = 32;

/**
 * Makes the function that the change feed calls: it drains each project that has pending requests
 * in the batch. The feed only rings; the drain finds out itself what is pending (DESIGN.md 4).
 *
 * errors  throws an Error for what concerns every project, after each of the batch had its turn
 */
export const createProcessRequests =
  (drains: ProjectDrains) =>
  async (changes: readonly unknown[], log: Log): Promise<void> => {
    const rings = ringsIn(changes);
    if (rings.length === 0) return;
    const drained = await inParallel(rings, MAX_PROJECTS_AT_ONCE, drains.drain);
    report(log, drained);
    throwWhatConcernsEverybody(drained);
  };
