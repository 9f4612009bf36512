import { backoffMs } from "../client/backoff.ts";
import type { World } from "../client/world.ts";
import type { Drained } from "./drain-project.ts";
import type { Project } from "./project.ts";

/** What concerns everybody ends for all at once, and nobody should wait long after that (I8). */
const BACKOFF = {
  project: { firstMs: 5_000, maxMs: 300_000 },
  everybody: { firstMs: 5_000, maxMs: 30_000 },
};

/** Remembers which projects failed, so that the sweep comes back to them less and less often. */
export type ProjectBackoff = {
  readonly isDue: (project: Project) => boolean;
  readonly note: (drained: Drained) => void;
};

/** Makes the memory of one process; a restart forgets it, which costs one attempt per project. */
export const createProjectBackoff = (world: World): ProjectBackoff => {
  const failing = new Map<string, Failing>();
  return {
    isDue: ({ key }) => {
      const { failedAtMs = 0, waitMs = 0 } = failing.get(key) ?? {};
      const passedMs = world.now() - failedAtMs;
      // Less than nothing: the clock was set back, and nobody knows how long it would take now.
      return passedMs >= waitMs || passedMs < 0;
    },
    note: (outcome) => {
      const { project } = outcome;
      if (outcome.kind === "drained") {
        failing.delete(project.key);
        return;
      }
      const failures = (failing.get(project.key)?.failures ?? 0) + 1;
      const waitMs = backoffMs(BACKOFF[outcome.concerns], failures, { random: world.random() });
      failing.set(project.key, { failures, failedAtMs: world.now(), waitMs });
    },
  };
};

type Failing = {
  readonly failures: number;
  readonly failedAtMs: number;
  readonly waitMs: number;
};
