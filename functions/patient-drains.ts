import { withinTime } from "../client/until-aborted.ts";
import type { World } from "../client/world.ts";
import type { Drained } from "./drain-project.ts";
import type { ProjectDrains } from "./project-drains.ts";
import type { Ring } from "./rings.ts";

/** How long the other projects of a batch wait for one that is slow. */
const PATIENCE_MS = 500;

/**
 * How long a batch waits at each further ring of a project that was left behind: without a pause the
 * feed is read for it page by page, faster than there is anything to do about it. Behind a full page
 * nobody waits: the feed holds more, and with it the rings of others.
 *
 * source  one project: 27.0 RU a todo without it, 25.5 to 26.3 with it, and 3,100 to 3,800 against 3,100 to
 *         4,700 todos/s on a noisy machine; measured 2026-11 with `npm run bench`
 */
const PAUSE_MS = 100;

/** Projects that go on draining after their batch; behind that many, batches wait again. */
const MAX_LEFT_BEHIND = 16;

/**
 * Drains for which nobody waits too long: a project that takes longer goes on by itself, and those
 * that ring behind it in the change feed have their turn (I7).
 *
 * source  beside a project that took what one physical partition could do, p99 of the others was 26 s
 *         while batches waited for it to the end; measured 2026-11 with `npm run soak`
 */
export type PatientDrains = {
  /**
   * Drains a project; `isPageFull`: the feed has more than the page with the ring.
   *
   * shape   undefined: it was left behind and goes on. Nothing is lost with this process: what is
   *         pending then is for the sweep
   */
  readonly drain: (ring: Ring, isPageFull?: boolean) => Promise<Drained | undefined>;
  /** What drains that were left behind came to, since this was called last. */
  readonly takeEnded: () => readonly Drained[];
};

/** Makes patient drains out of those of the process. */
export const createPatientDrains = (drains: ProjectDrains, world: World): PatientDrains => {
  const leftBehind = new Map<string, Set<Promise<Drained>>>();
  let ended: Drained[] = [];

  const leaveBehind = (key: string, draining: Promise<Drained>): void => {
    const ofProject = leftBehind.get(key) ?? new Set();
    if (ofProject.has(draining)) return;
    leftBehind.set(key, ofProject.add(draining));
    void draining.then((drained) => {
      ended.push(drained);
      ofProject.delete(draining);
      if (ofProject.size === 0) leftBehind.delete(key);
    });
  };

  return {
    drain: async (ring, isPageFull = false) => {
      const { key } = ring.project;
      const draining = drains.drain(ring);
      if (!leftBehind.has(key)) {
        const drained = await withinTime(draining, PATIENCE_MS, world);
        if (drained !== undefined) return drained;
        if (leftBehind.size >= MAX_LEFT_BEHIND) return draining;
        leaveBehind(key, draining);
        return undefined;
      }
      leaveBehind(key, draining);
      if (!isPageFull) await withinTime(draining, PAUSE_MS, world);
      return undefined;
    },
    takeEnded: () => {
      const taken = ended;
      ended = [];
      return taken;
    },
  };
};
