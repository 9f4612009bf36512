import { type Account, createAccount } from "./account.ts";
import { Violation } from "./documents.ts";
import { createFaults, type Fault, type FaultCounts } from "./faults.ts";
import type { Sky } from "./nature.ts";
import { type Population, populate } from "./population.ts";
import { createRandom } from "./random.ts";
import { createSafety, type Safety } from "./safety.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { createVirtualTime, type Owner, type VirtualTime } from "./virtual-time.ts";

export type WorldOptions = {
  readonly seed: number;
  /** Faults that shall not come. */
  readonly without?: ReadonlySet<string>;
  /** At most so many requests. */
  readonly requests?: number | undefined;
  /** Told each line of the trace. */
  readonly log?: (line: string) => void;
};

/** What became of a world. */
export type WorldEnd = {
  readonly seed: number;
  /** Undefined: all promises were kept. */
  readonly violation: string | undefined;
  /** The same for the same schedule. */
  readonly traceHash: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly todos: number;
  readonly faults: FaultCounts;
};

/** Everything has ended so long after the last fault: the sweep's longest wait, and reserve. */
const SETTLED_WITHIN_MS = 600_000;

const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Lives through one seed: first safety while everything fails, then liveness. */
export const runWorld = async (options: WorldOptions): Promise<WorldEnd> => {
  const { seed, log } = options;
  const faults = createFaults(seed, options.without ?? new Set());
  const scenario = drawScenario(seed, faults, options.requests);
  const safety = createSafety();
  const nature: Owner = { name: "nature", kind: "nature", isAlive: true, pausedUntilMs: 0 };
  let violation: string | undefined;
  const onViolation = (error: unknown): void => {
    violation ??= describe(error);
  };
  const time = createVirtualTime({ beforeEvent: ({ owner }) => strike(owner), log });
  const delays = createRandom(seed, "delays");
  const sky: Sky = { cosmosSkewMs: 0 };
  const account = createAccount({
    faults,
    random: createRandom(seed, "scripts"),
    now: () => Math.floor(EPOCH_MS + time.now() + sky.cosmosSkewMs),
    schedule: (run) => time.after(delays.skewed(20), { owner: nature, label: "commits", run }),
    partitions: scenario.partitions,
    keepsRows: faults.isOn("region-failover"),
    onItemsCommit: (writes) => guarded(onViolation, () => safety.onCommit(writes)),
  });
  const shared = { time, account, faults, delays, nature, epochMs: EPOCH_MS, onViolation };
  const population = populate({ surroundings: shared, scenario, safety, sky, seed });
  const strike = (owner: Owner): void => {
    const fault = CRASHES[owner.kind];
    if (fault && faults.strikes(fault, 0.005)) population.crash(owner);
  };
  let isSettled = false;
  const look = (): void => {
    if (time.now() >= scenario.faultsEndMs && !faults.haveEnded()) {
      faults.end();
      population.heal();
    }
    const missing = whatIsMissing(scenario, safety, population);
    isSettled = faults.haveEnded() && missing === undefined;
    if (time.now() > scenario.faultsEndMs + SETTLED_WITHIN_MS) {
      onViolation(new Violation(`no end after ${SETTLED_WITHIN_MS / 1_000} s: ${missing}`));
    }
    time.after(500, { owner: nature, label: "looks", run: look });
  };
  look();
  const restoreGlobals = replaceGlobals(time);
  try {
    await time.run(() => isSettled || violation !== undefined);
    if (violation === undefined) checkEnd(account, safety, population);
  } catch (error) {
    onViolation(error);
  } finally {
    restoreGlobals();
    account.close();
  }
  return {
    seed,
    violation,
    traceHash: time.traceHash(),
    steps: time.steps(),
    virtualMs: time.now(),
    todos: [...safety.projects.values()].reduce((sum, { todos }) => sum + todos.length, 0),
    faults: faults.counts,
  };
};

const CRASHES: Readonly<Partial<Record<Owner["kind"], Fault>>> = {
  host: "host-crash",
  listener: "listener-crash",
  subscriber: "subscriber-crash",
  submitter: "submitter-crash",
};

const guarded = (onViolation: (error: unknown) => void, run: () => void): void => {
  try {
    run();
  } catch (error) {
    onViolation(error);
  }
};

const describe = (error: unknown): string => {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/** What has not ended yet, or undefined if all has. */
const whatIsMissing = (
  { outboxes, deeds }: Scenario,
  safety: Safety,
  { subscriptions, heard }: Population,
): string | undefined => {
  const unsent = outboxes.flat().map(({ asked }) => asked.id);
  if (unsent.length > 0) return `not submitted: ${unsent.join()}`;
  if (deeds.length > 0) return `${deeds.length} deeds of strangers are not done`;
  for (const { pk, pending, todos, documents } of safety.projects.values()) {
    if (pending.size > 0) return `project ${pk}: pending ${[...pending].join()}`;
    const [projectId] = JSON.parse(pk) as unknown[];
    for (const { projectId: only, handled } of subscriptions) {
      const count = handled.get(projectId as number)?.length ?? 0;
      const isSubscribed = only === undefined || only === projectId;
      if (isSubscribed && count < todos.length) {
        return `project ${pk}: a subscriber has ${count} of ${todos.length} todos`;
      }
    }
    for (const [id, { etag }] of heard ? documents : []) {
      if (!heard?.has(etag)) return `project ${pk}: a processor never handed over ${id}`;
    }
  }
  return undefined;
};

/** What was watched all the time must also be what is stored. */
const checkEnd = (account: Account, safety: Safety, { ledger }: Population): void => {
  safety.checkAll();
  ledger.checkEnds();
  const stored = account.store.documents(account.items);
  let known = 0;
  for (const { pk, documents } of safety.projects.values()) {
    known += documents.size;
    for (const [id, { body }] of documents) {
      if (stored.get(`${pk}\n${id}`) !== JSON.stringify(body)) {
        throw new Violation(`project ${pk}: ${id} is not stored as it was written`);
      }
    }
  }
  if (known !== stored.size) throw new Violation(`${stored.size} documents instead of ${known}`);
};

/** Whoever asks for the real time gets the world's, and for real chance an error. */
const replaceGlobals = (time: VirtualTime): (() => void) => {
  const { now } = Date;
  const { random } = Math;
  Date.now = () => Math.floor(EPOCH_MS + time.now());
  Math.random = () => {
    throw new Error("Something in the simulated world uses Math.random");
  };
  return () => {
    Date.now = now;
    Math.random = random;
  };
};
