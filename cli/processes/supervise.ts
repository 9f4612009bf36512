import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { backoffMs } from "../../client/backoff.ts";
import { systemWorld } from "../../client/world.ts";
import { UserError } from "../user-error.ts";
import { childForkOptions } from "./child-fork-options.ts";
import type { FromChild, ToChild } from "./messages.ts";

export type SupervisedOptions<Config, Facts> = {
  /** Its name in what is noted. */
  readonly name: string;
  /** A file of this folder. */
  readonly file: string;
  readonly config: Config;
  /** What the same process is started with again, given what it told when it was ready. */
  readonly configAgain: (facts: Facts) => Config;
  /** Takes what happens to the process, and each line that it writes. */
  readonly note: (line: string) => void;
  /** Told of each start; a program that kills processes wants to know. */
  readonly onStarted?: (pid: number) => void;
};

export type Supervised<Facts> = {
  readonly facts: Facts;
  readonly pid: () => number | undefined;
  /** Ends the process and does not start it again. */
  readonly stop: () => Promise<void>;
};

const RESTART_BACKOFF = { firstMs: 100, maxMs: 5_000 };
/** A process that ran this long was healthy: its next restart is quick again. */
const HEALTHY_AFTER_MS = 10_000;
const MAX_FIRST_STARTS = 3;
const STOP_WITHIN_MS = 10_000;

/**
 * Starts a child process, and starts it again whenever it ends by itself.
 *
 * errors  UserError with the child's message if the first start fails; later ones are noted and repeated
 */
export const supervise = async <Config, Facts>(
  options: SupervisedOptions<Config, Facts>,
): Promise<Supervised<Facts>> => {
  const { name, note, configAgain } = options;
  const first = await startFirst<Facts>(options, options.config);
  const { facts } = first;
  let child: ChildProcess = first.child;
  let isStopping = false;
  const stopping = new AbortController();

  const keepRunning = async (): Promise<void> => {
    let failures = 0;
    while (!isStopping) {
      const startedAtMs = systemWorld.now();
      const how = await ended(child);
      if (isStopping) return;
      failures = systemWorld.now() - startedAtMs > HEALTHY_AFTER_MS ? 1 : failures + 1;
      const random = systemWorld.random();
      const waitMs = Math.round(backoffMs(RESTART_BACKOFF, failures, { random }));
      note(`${name} ended (${how}); starting it again in ${waitMs} ms`);
      await systemWorld.sleep(waitMs, stopping.signal);
      if (isStopping) return;
      try {
        child = (await startChild<Facts>(options, configAgain(facts))).child;
      } catch (error) {
        note(`${name}: ${(error as Error).message}`);
      }
    }
  };
  const kept = keepRunning();
  return {
    facts,
    pid: () => child.pid,
    stop: async () => {
      isStopping = true;
      stopping.abort();
      await stopChild(child);
      await kept;
      await stopChild(child);
    },
  };
};

/** A child that was killed while it started is started again; one that says why it cannot is not. */
const startFirst = async <Facts>(
  options: StartOptions,
  config: unknown,
): Promise<Started<Facts>> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startChild<Facts>(options, config);
    } catch (error) {
      if (!(error instanceof KilledError) || attempt === MAX_FIRST_STARTS) throw error;
      options.note(`${error.message}; starting it again`);
    }
  }
};

class KilledError extends UserError {}

type StartOptions = Pick<
  SupervisedOptions<unknown, unknown>,
  "file" | "note" | "name" | "onStarted"
>;

type Started<Facts> = { readonly child: ChildProcess; readonly facts: Facts };

const startChild = async <Facts>(
  { file, note, name, onStarted }: StartOptions,
  config: unknown,
): Promise<Started<Facts>> => {
  const child = fork(join(import.meta.dirname, file), [], {
    ...childForkOptions(),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  passLines(child.stdout, note);
  passLines(child.stderr, note);
  send(child, { kind: "start", config });
  if (child.pid !== undefined) onStarted?.(child.pid);
  const answer = await Promise.race([
    once(child, "message").then(([message]) => message as FromChild),
    ended(child),
  ]);
  if (typeof answer === "string") throw new KilledError(`${name} ended while starting (${answer})`);
  if (answer.kind === "ready") return { child, facts: answer.facts as Facts };
  child.kill("SIGKILL");
  throw new UserError(answer.message);
};

const passLines = (stream: Readable | null, note: (line: string) => void): void => {
  if (stream) createInterface({ input: stream }).on("line", note);
};

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

const ended = async (child: ChildProcess): Promise<string> => {
  if (!hasEnded(child)) await once(child, "exit");
  return child.signalCode ?? `exit code ${child.exitCode}`;
};

const send = (child: ChildProcess, message: ToChild): void => {
  // The child may be gone already; then its end is what counts.
  child.send(message, () => undefined);
};

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return;
  if (child.connected) send(child, { kind: "stop" });
  const overdue = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await ended(child);
  clearTimeout(overdue);
};
