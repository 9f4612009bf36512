import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "./child.ts";
import type { Report } from "./finding.ts";
import { canFillDisk, fillDisk, freeDisk, logBytes } from "./full-disk.ts";
import { PROBE_PROJECTS } from "./leases.ts";
import type { Prober } from "./probe.ts";
import type { Fault } from "./schedule.ts";
import type { Stage } from "./stage.ts";
import { countFault, type Tally } from "./tally.ts";

/** What a fault needs. */
export type Director = {
  readonly stage: Stage;
  readonly prober: Prober;
  readonly report: Report;
  readonly tally: Tally;
  /** Processes that have no room for files now. */
  readonly withoutRoom: Set<number>;
};

/** Makes something go wrong, waits, and mends it. */
export const applyFault = async (director: Director, fault: Fault): Promise<void> => {
  const { stage, tally } = director;
  switch (fault.kind) {
    case "kill":
      return killForAWhile(director, childNamed(stage, fault.target), fault.forMs);
    case "freeze": {
      const child = childNamed(stage, fault.target);
      countFault(tally, "freeze");
      child.freeze();
      await sleep(fault.forMs);
      return child.thaw();
    }
    case "link": {
      const link = stage.troupe.links.get(fault.target);
      countFault(tally, fault.mode);
      link?.set(fault.mode);
      await sleep(fault.forMs);
      return link?.set("pass");
    }
    case "full-disk":
      return fillForAWhile(director, fault);
  }
};

/** All processes of a stage. */
const childrenOf = ({
  server,
  hosts,
  submitters,
  subscribers,
}: Stage): readonly Child<object>[] => [server, ...hosts, ...submitters, ...subscribers];

const childNamed = (stage: Stage, name: string): Child<object> => {
  const child = childrenOf(stage).find((each) => each.name === name);
  if (!child) throw new Error(`There is no process ${name}`);
  return child;
};

const killForAWhile = async (
  director: Director,
  child: Child<object>,
  forMs: number,
): Promise<void> => {
  if (!(await child.kill())) return;
  countFault(director.tally, "kill");
  await sleep(forMs);
  await startAgain(director, child);
};

const MAX_STARTS = 3;
const START_AGAIN_AFTER_MS = 200;

/** As a supervisor would: a server that finds no room for its lock says so and ends. */
const startAgain = async (
  { report, withoutRoom }: Director,
  child: Child<object>,
): Promise<void> => {
  for (let failures = 0; failures < MAX_STARTS; failures += withoutRoom.size > 0 ? 0 : 1) {
    try {
      await child.start();
      return;
    } catch (error) {
      if (failures === MAX_STARTS - 1 && withoutRoom.size === 0) {
        const message = `it does not start: ${(error as Error).message}`;
        report({ kind: "died-by-itself", who: child.name, message });
      }
    }
    await sleep(START_AGAIN_AFTER_MS);
  }
};

const PROBE_PROJECT = PROBE_PROJECTS[0] ?? 1;
const TRY_EVERY_MS = 100;

type FullDisk = Fault & { readonly kind: "full-disk" };

/** `roomBytes` 0: not one byte of any file can be written; else the log may grow by so much. */
const fillForAWhile = async (director: Director, { roomBytes, forMs }: FullDisk): Promise<void> => {
  const { stage, prober, report, tally, withoutRoom } = director;
  const pid = stage.server.pid();
  if (pid === undefined || withoutRoom.has(pid) || !(await canFillDisk())) return;
  const limitBytes = roomBytes === 0 ? 0 : logBytes(stage.dataFolder) + roomBytes;
  const isSame = (): boolean => stage.server.pid() === pid;
  withoutRoom.add(pid);
  try {
    await fillDisk(pid, limitBytes);
    countFault(tally, "full-disk");
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      const answer = await prober.createOnce(PROBE_PROJECT);
      if (isSame()) judgeAnswer(director, answer, roomBytes === 0);
      await sleep(TRY_EVERY_MS);
    }
    await freeDisk(pid);
  } catch (error) {
    // Killed meanwhile; the new process has room.
    if (isSame()) throw error;
  } finally {
    withoutRoom.delete(pid);
  }
  if (await prober.untilWritten(PROBE_PROJECT)) return;
  const message = "there is room again, and it takes no write";
  report({ kind: "not-recovered", who: stage.server.name, message });
};

const judgeAnswer = (
  { report, tally, stage }: Director,
  answer: 201 | Error,
  hasNoRoom: boolean,
): void => {
  const who = stage.server.name;
  if (answer === 201) {
    if (hasNoRoom) report({ kind: "unclear-about-room", who, message: "it answered 201" });
    return;
  }
  const { code } = answer as { readonly code?: unknown };
  if (typeof code !== "number" || code === 408) return;
  if (code === 503 && answer.message.includes("disk")) tally.refusedForWantOfRoom += 1;
  else report({ kind: "unclear-about-room", who, message: `${code} ${answer.message}` });
};
