import { cp, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionsFacts } from "../../cli/processes/messages.ts";
import { Store } from "../../local/cosmos/store/store.ts";
import type { Child } from "./child.ts";
import { logBytes } from "./full-disk.ts";
import { type HeldLease, heldLeases } from "./leases.ts";
import { instanceOf } from "./members.ts";
import type { Prober } from "./probe.ts";
import type { Stage } from "./stage.ts";

/** units  milliseconds from kill -9; done: a request of a project of its lease; taken: all its leases */
export type HostRecovery = {
  readonly host: string;
  readonly doneMs: number;
  readonly leasesTakenMs: number;
};

/**
 * units  milliseconds from the start of the new process; answer: the first read; done: a new request;
 *        replay: what opening a copy of the data folder takes, within another process
 */
export type ServerRecovery = {
  readonly answerMs: number;
  readonly doneMs: number;
  readonly replayMs: number;
  readonly logBytes: number;
};

const LEASES_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 100;

/**
 * Kills a function host that holds a lease, and measures until the others do its work.
 *
 * shape   it is started again only afterwards, under another name; undefined if no host gets a lease
 *         or the others do not take over in time
 */
export const measureHostCrash = async (
  stage: Stage,
  prober: Prober,
  pick: number,
): Promise<HostRecovery | undefined> => {
  const found = await findHolder(stage, pick);
  if (!found) return undefined;
  const { host, lease } = found;
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  await host.kill();
  const [doneMs, leasesTakenMs] = await Promise.all([
    prober.untilDone(lease.project).then((isDone) => (isDone ? since() : undefined)),
    untilNoneIsOf(stage, lease.owner).then((isTaken) => (isTaken ? since() : undefined)),
  ]);
  await host.start();
  if (doneMs === undefined || leasesTakenMs === undefined) return undefined;
  return { host: host.name, doneMs, leasesTakenMs };
};

type Holder = { readonly host: Child<FunctionsFacts>; readonly lease: HeldLease };

const findHolder = async (stage: Stage, pick: number): Promise<Holder | undefined> => {
  for (let waitedMs = 0; waitedMs < LEASES_WITHIN_MS; waitedMs += POLL_EVERY_MS) {
    const held = (await heldLeases(stage.leases)).flatMap((lease) => {
      const host = stage.hosts.find(({ name, life }) => instanceOf(name, life()) === lease.owner);
      return host ? [{ host, lease }] : [];
    });
    const found = held[Math.floor(pick * held.length)];
    if (found) return found;
    await sleep(POLL_EVERY_MS);
  }
  return undefined;
};

const untilNoneIsOf = async ({ leases }: Stage, owner: string): Promise<boolean> => {
  for (let waitedMs = 0; waitedMs < LEASES_WITHIN_MS; waitedMs += POLL_EVERY_MS) {
    if (!(await heldLeases(leases)).some((lease) => lease.owner === owner)) return true;
    await sleep(POLL_EVERY_MS);
  }
  return false;
};

/** Kills the server, starts it again, and measures until it answers and until a request is done. */
export const measureServerCrash = async (
  { server, dataFolder, items }: Stage,
  prober: Prober,
  projectId: number,
): Promise<ServerRecovery | undefined> => {
  await server.kill();
  const replayed = { logBytes: logBytes(dataFolder), replayMs: await measureReplay(dataFolder) };
  const startedAt = performance.now();
  const since = (): number => performance.now() - startedAt;
  await server.start();
  for (let isThere = false; !isThere; ) {
    // The first may go over a connection to the old process.
    isThere = await items
      .item("counter", projectId)
      .read()
      .then(isAnswer, () => false);
  }
  const answerMs = since();
  if (!(await prober.untilDone(projectId))) return undefined;
  return { answerMs, doneMs: since(), ...replayed };
};

const isAnswer = (): boolean => true;

const measureReplay = async (dataFolder: string): Promise<number> => {
  const copy = await mkdtemp(join(dataFolder, "..", "replay-"));
  try {
    await cp(dataFolder, copy, { recursive: true });
    const startedAt = performance.now();
    const store = new Store({ directory: copy });
    const tookMs = performance.now() - startedAt;
    store.close();
    return tookMs;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
};
