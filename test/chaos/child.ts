import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { childForkOptions } from "../../cli/processes/child-fork-options.ts";
import type { FromChild, ToChild } from "../../cli/processes/messages.ts";

export type ChildOptions<Config> = {
  readonly name: string;
  /** A program that ends in `runChild`. */
  readonly file: string;
  /** What its n-th life is started with, the first being 1. */
  readonly config: (life: number) => Config;
  readonly logFile: string;
  /** Told when it ends and nobody here wanted that. */
  readonly onDeath: (how: string) => void;
};

/** A process that can be killed, frozen and started again. */
export type Child<Facts> = {
  readonly name: string;
  /** What it said when it was ready; undefined while it is not. */
  readonly facts: () => Facts | undefined;
  readonly pid: () => number | undefined;
  readonly life: () => number;
  /** Answers when it is ready; undefined if it was killed before that. */
  readonly start: () => Promise<Facts | undefined>;
  /** kill -9, and waits until it is gone; false: it was not running. */
  readonly kill: () => Promise<boolean>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends it in good order; false: it did not within that time, and was killed. */
  readonly stop: (withinMs: number) => Promise<boolean>;
};

/** Makes a process, not yet started. */
export const createChild = <Config, Facts>(options: ChildOptions<Config>): Child<Facts> => {
  let running: ChildProcess | undefined;
  let facts: Facts | undefined;
  let life = 0;
  const wanted = new WeakSet<ChildProcess>();
  const signal = (name: NodeJS.Signals): boolean => running?.kill(name) ?? false;
  return {
    name: options.name,
    facts: () => facts,
    pid: () => running?.pid,
    life: () => life,
    start: async () => {
      if (running) return facts;
      life += 1;
      const child = forkChild(options);
      running = child;
      child.once("exit", (code, signalName) => {
        if (running === child) [running, facts] = [undefined, undefined];
        if (!wanted.has(child)) options.onDeath(signalName ?? `exit code ${code}`);
      });
      tell(child, { kind: "start", config: options.config(life) });
      const ready = await readyOf(child);
      if (ready?.kind === "failed") {
        wanted.add(child);
        child.kill("SIGKILL");
        await ended(child);
        throw new Error(`${options.name}: ${ready.message}`);
      }
      if (ready && running === child) facts = ready.facts as Facts;
      return facts;
    },
    kill: async () => {
      const child = running;
      if (!child) return false;
      wanted.add(child);
      child.kill("SIGKILL");
      await ended(child);
      return true;
    },
    freeze: () => void signal("SIGSTOP"),
    thaw: () => void signal("SIGCONT"),
    stop: async (withinMs) => {
      const child = running;
      if (!child) return true;
      wanted.add(child);
      child.kill("SIGCONT");
      tell(child, { kind: "stop" });
      let inTime = true;
      const overdue = setTimeout(() => {
        inTime = false;
        child.kill("SIGKILL");
      }, withinMs);
      await ended(child);
      clearTimeout(overdue);
      return inTime;
    },
  };
};

const forkChild = ({
  file,
  logFile,
}: Pick<ChildOptions<unknown>, "file" | "logFile">): ChildProcess => {
  const log = openSync(logFile, "a");
  try {
    return fork(file, [], {
      ...childForkOptions(),
      stdio: ["ignore", log, log, "ipc"],
    });
  } finally {
    closeSync(log);
  }
};

const tell = (child: ChildProcess, message: ToChild): void => {
  // It may be gone already; then its end is what counts.
  if (child.connected) child.send(message, () => undefined);
};

const readyOf = (child: ChildProcess): Promise<FromChild | undefined> =>
  Promise.race([
    once(child, "message").then(([message]) => message as FromChild),
    ended(child).then(() => undefined),
  ]);

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
};
