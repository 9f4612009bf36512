import { backoffMs } from "../client/backoff.ts";
import type { World } from "../client/world.ts";
import type { Drained } from "./drain-project.ts";
import type { Project } from "./project.ts";

const BACKOFF = { firstMs: 5_000, maxMs: 300_000 };

/** Remembers which projects failed, so that the sweep comes back to them less and less often. */
export type ProjectBackoff = {
  readonly isDue: (project: Project) => boolean;
  readonly note: (drained: Drained) => void;
};

/** Makes the memory of one process; a restart forgets it, which costs one attempt per project. */
export const createProjectBackoff = (world: World): ProjectBackoff => {
  const failing = new Map<string, { readonly failures: number; readonly notBeforeMs: number }>();
  return {
    isDue: ({ key }) => (failing.get(key)?.notBeforeMs ?? 0) <= world.now(),
    note: ({ kind, project }) => {
      if (kind === "drained") {
        failing.delete(project.key);
        return;
      }
      const failures = (failing.get(project.key)?.failures ?? 0) + 1;
      const waitMs = backoffMs(BACKOFF, failures, { random: world.random() });
      failing.set(project.key, { failures, notBeforeMs: world.now() + waitMs });
    },
  };
};
