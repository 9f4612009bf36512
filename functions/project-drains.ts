import type { Drained } from "./drain-project.ts";
import type { Project } from "./project.ts";
import type { Ring } from "./rings.ts";

/** The drains of this process: each project strictly one at a time, whoever asks for them. */
export type ProjectDrains = {
  /**
   * Drains a project. If its drain is already running, one more follows it, for all who ask
   * meanwhile: what rang after a drain began may not have been seen by it.
   */
  readonly drain: (ring: Ring) => Promise<Drained>;
  readonly isBusy: (project: Project) => boolean;
};

type Line = {
  readonly current: Promise<unknown>;
  next?: { feedOrder: readonly string[]; readonly drained: Promise<Drained> };
};

/** Makes the drains of a process out of the drain of one project. */
export const createProjectDrains = (drainOne: (ring: Ring) => Promise<Drained>): ProjectDrains => {
  const lines = new Map<string, Line>();

  const start = (ring: Ring): Promise<Drained> => {
    const drained = drainOne(ring);
    const line: Line = { current: drained };
    lines.set(ring.project.key, line);
    const end = (): void => {
      if (line.next === undefined) lines.delete(ring.project.key);
    };
    drained.then(end, end);
    return drained;
  };

  const follow = (line: Line, { project, feedOrder }: Ring): Promise<Drained> => {
    if (line.next) {
      line.next.feedOrder = [...line.next.feedOrder, ...feedOrder];
      return line.next.drained;
    }
    const startNext = (): Promise<Drained> =>
      start({ project, feedOrder: line.next?.feedOrder ?? [] });
    line.next = { feedOrder, drained: line.current.then(startNext, startNext) };
    return line.next.drained;
  };

  return {
    drain: (ring) => {
      const line = lines.get(ring.project.key);
      return line === undefined ? start(ring) : follow(line, ring);
    },
    isBusy: ({ key }) => lines.has(key),
  };
};
