import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Counts, FromPart, ProcessSample, ToPart } from "./part-messages.ts";
import type { Phase } from "./phase.ts";

export type PartOptions = {
  /** Its name in what is shown. */
  readonly name: string;
  /** A file of this folder. */
  readonly file: string;
  readonly config: object;
  readonly note: (line: string) => void;
};

/** A process of the soak, seen from outside. */
export type RunningPart<Facts> = {
  readonly name: string;
  readonly pid: number;
  readonly facts: Facts;
  readonly counts: () => Counts;
  readonly samples: readonly ProcessSample[];
  readonly enter: (phase: Phase) => void;
  /** Rejects when the process ends although nobody told it to. */
  readonly failed: Promise<never>;
  /** Ends it and answers its result. */
  readonly stop: () => Promise<unknown>;
};

const STOP_WITHIN_MS = 30_000;

/**
 * Starts a part of the soak in a process of its own.
 *
 * errors  an Error with what the process said if it cannot start
 */
export const startPart = async <Facts>(options: PartOptions): Promise<RunningPart<Facts>> => {
  const { name, file, config, note } = options;
  const child = fork(join(import.meta.dirname, file), [], {
    execArgv: ["--disable-warning=ExperimentalWarning", "--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const samples: ProcessSample[] = [];
  let counts: Counts = {};
  let result: unknown;
  let isStopping = false;
  const ready = Promise.withResolvers<Facts>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const fail = (message: string): void => {
    const error = new Error(`${name}: ${message}`);
    ready.reject(error);
    failed.reject(error);
  };
  child.on("message", (message: FromPart) => {
    if (message.kind === "ready") ready.resolve(message.facts as Facts);
    else if (message.kind === "failed") fail(message.message);
    else if (message.kind === "note") note(`${name}: ${message.line}`);
    else if (message.kind === "result") result = message.result;
    else {
      samples.push(message.sample);
      counts = message.counts;
    }
  });
  child.on("exit", (code, signal) => {
    if (!isStopping) fail(`the process ended by itself (${signal ?? `exit code ${code}`})`);
  });
  tell(child, { kind: "start", config });
  const facts = await ready.promise.catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    name,
    pid: child.pid ?? 0,
    facts,
    counts: () => counts,
    samples,
    enter: (phase) => tell(child, { kind: "enter", phase }),
    failed: failed.promise,
    stop: async () => {
      isStopping = true;
      await stop(child);
      return result;
    },
  };
};

const tell = (child: ChildProcess, message: ToPart): void => {
  // The child may be gone already; then its end is what counts.
  if (child.connected) child.send(message, () => undefined);
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  tell(child, { kind: "stop" });
  const overdue = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(overdue);
};
