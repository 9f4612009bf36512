import type { HostRecovery, ServerRecovery } from "./recovery.ts";

/** What happened in a run, apart from the requests. */
export type Tally = {
  /** Faults by name: kill, freeze, full-disk, and those of links. */
  readonly faults: Record<string, number>;
  refusedForWantOfRoom: number;
  /** Subscribers that killed themselves between handling a todo and storing the continuation. */
  ownDeaths: number;
  readonly hostRecoveries: HostRecovery[];
  readonly serverRecoveries: ServerRecovery[];
  /** From the end of each storm until a new request was done in each of some projects. */
  readonly stormRecoveriesMs: number[];
  /** From the end of the submitters until no request was pending. */
  settledMs: number;
};

export const createTally = (): Tally => ({
  faults: {},
  refusedForWantOfRoom: 0,
  ownDeaths: 0,
  hostRecoveries: [],
  serverRecoveries: [],
  stormRecoveriesMs: [],
  settledMs: 0,
});

/** Counts one more fault of that name. */
export const countFault = ({ faults }: Tally, name: string): void => {
  faults[name] = (faults[name] ?? 0) + 1;
};
