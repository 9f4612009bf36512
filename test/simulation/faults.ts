import { createRandom, type Random } from "./random.ts";

/** All that goes wrong in simulated worlds. */
export const FAULTS = [
  "host-crash",
  "host-stop",
  "listener-crash",
  "host-pause",
  "two-drain-versions",
  "clock-skew",
  "clock-jump",
  "cosmos-clock-jump",
  "connection-refused",
  "request-lost",
  "request-late",
  "answer-lost",
  "answer-late",
  "request-doubled",
  "timeout-408",
  "timeout-408-after-commit",
  "gone-410",
  "throttled-429",
  "throttling-storm",
  "outage",
  "procedure-missing",
  "retry-with-449",
  "unavailable-503",
  "script-timeout",
  "script-slow",
  "script-refused",
  "partition-split",
  "transaction-shuffled",
  "region-failover",
  "retries-exhausted",
  "failed-batch-checkpointed",
  "first-batch-failed",
  "lease-lost-at-work",
  "batch-on-two-hosts",
  "leases-deleted",
  "leases-set-to-now",
  "sweep-absent",
  "sweep-late",
  "poison",
  "stray-document",
  "duplicate-submission",
  "conflicting-submission",
  "request-replaced",
  "request-deleted",
  "subscriber-crash",
  "submitter-crash",
  "partition-merge",
  "stray-deleted",
] as const;

export type Fault = (typeof FAULTS)[number];

export type FaultCounts = Partial<Record<Fault, number>>;

/** The faults of one world: which of them it has, and how often each came. */
export type Faults = {
  readonly counts: FaultCounts;
  /** Has this world such a fault at all, and are faults still to come? */
  readonly isOn: (fault: Fault) => boolean;
  /** Draws whether it comes here and now, and counts it. */
  readonly strikes: (fault: Fault, probability: number) => boolean;
  /** Counts one that came without being drawn. */
  readonly count: (fault: Fault) => void;
  /** From now on nothing goes wrong any more. */
  readonly end: () => void;
  readonly haveEnded: () => boolean;
};

/** Each world has a part of all faults, so that each is also seen without the others. */
const SHARES = [0, 0.15, 0.3, 0.3, 0.5, 0.8];

/** Draws the faults of a world; those in `without` never come. */
export const createFaults = (seed: number, without: ReadonlySet<string>): Faults => {
  const choice = createRandom(seed, "faults");
  const share = choice.pick(SHARES);
  const chosen = new Set(FAULTS.filter(() => choice.chance(share)));
  // After a replacement or deletion another order is right than before: then an undo may differ.
  if (chosen.has("region-failover")) {
    chosen.delete("request-replaced");
    chosen.delete("request-deleted");
  }
  for (const fault of without) chosen.delete(fault as Fault);
  const streams = new Map<Fault, Random>();
  const counts: FaultCounts = {};
  let isOver = false;
  const isOn = (fault: Fault): boolean => !isOver && chosen.has(fault);
  const count = (fault: Fault): void => {
    counts[fault] = (counts[fault] ?? 0) + 1;
  };
  return {
    counts,
    isOn,
    count,
    strikes: (fault, probability) => {
      if (!isOn(fault)) return false;
      const stream = streams.get(fault) ?? createRandom(seed, fault);
      streams.set(fault, stream);
      if (!stream.chance(probability)) return false;
      count(fault);
      return true;
    },
    end: () => {
      isOver = true;
    },
    haveEnded: () => isOver,
  };
};
