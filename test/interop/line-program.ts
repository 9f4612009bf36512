import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** One line of a child's stdout: an event and whatever belongs to it. */
export type Told = { readonly event: string } & Readonly<Record<string, unknown>>;

export type LineProgram = {
  readonly name: string;
  /** Waits for the first event of that name, from now or from before. */
  readonly heard: (event: string) => Promise<Told>;
  /** Sends a command and waits for its answer; commands are answered in their order. */
  readonly ask: (command: object) => Promise<Told>;
  /** Ends stdin, upon which a program stops cleanly; throws unless it ends with code 0. */
  readonly stop: () => Promise<void>;
  /** kill -9: no handler runs, no lease is released, nothing is flushed. */
  readonly kill: () => Promise<void>;
};

export type LineProgramOptions = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly onTold?: (told: Told) => void;
};

const STOP_LIMIT_MS = 20_000;
const ANSWER_LIMIT_MS = 60_000;
const STDERR_KEPT_CHARACTERS = 4_000;
const ANSWERS: ReadonlySet<string> = new Set(["answer", "refused", "failed"]);

const running = new Set<ChildProcess>();
let crash: Error | undefined;

/** Kills every child that still runs, and forgets what became of them. */
export const killAllPrograms = (): void => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
  crash = undefined;
};

/** Throws if a child has ended that nobody asked to; nobody need wait for what it should have done. */
export const throwIfCrashed = (): void => {
  if (crash) throw crash;
};

/** Starts a child that speaks JSON lines: events on stdout, commands (or just its end) on stdin. */
export const startProgram = (options: LineProgramOptions): LineProgram => {
  const { name, command, environment, onTold } = options;
  const [file, ...rest] = command;
  const child = spawn(file, rest, { env: { ...process.env, ...environment } });
  running.add(child);
  const waiting: Waiting[] = [];
  const earlier = new Map<string, Told>();
  let complaints = "";
  child.stderr.on("data", (text: Buffer) => {
    complaints = `${complaints}${text}`.slice(-STDERR_KEPT_CHARACTERS);
  });
  child.stdin.on("error", () => undefined);
  let isAskedToEnd = false;
  const ended = Promise.all([once(child, "close"), once(child.stdout, "close")]).then(() => {
    const failure = `${name} ended with ${child.signalCode ?? child.exitCode}. ${complaints}`;
    if (running.delete(child) && !isAskedToEnd) crash = new Error(failure);
    for (const { reject } of waiting.splice(0)) reject(new Error(failure));
    return failure;
  });
  const wait = (events: ReadonlySet<string>): Promise<Told> => {
    if (!running.has(child)) return Promise.reject(new Error(`${name} has ended. ${complaints}`));
    const { promise, resolve, reject } = Promise.withResolvers<Told>();
    waiting.push({ events, resolve, reject });
    return within(ANSWER_LIMIT_MS, `${name} to tell ${[...events].join(" or ")}`, promise);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = JSON.parse(line) as Told;
    earlier.set(told.event, told);
    onTold?.(told);
    const at = waiting.findIndex(({ events }) => events.has(told.event));
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve(told);
  });
  return {
    name,
    heard: async (event) => earlier.get(event) ?? wait(new Set([event])),
    ask: (asked) => {
      const answer = wait(ANSWERS);
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      return answer;
    },
    stop: async () => {
      isAskedToEnd = true;
      child.stdin.end();
      const failure = await within(STOP_LIMIT_MS, `${name} to stop`, ended);
      if (child.exitCode !== 0) throw new Error(failure);
    },
    kill: async () => {
      isAskedToEnd = true;
      child.kill("SIGKILL");
      await ended;
    },
  };
};

type Waiting = {
  readonly events: ReadonlySet<string>;
  readonly resolve: (told: Told) => void;
  readonly reject: (error: Error) => void;
};

const within = async <A>(limitMs: number, what: string, promise: Promise<A>): Promise<A> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited ${limitMs / 1000} s for ${what}.`)),
    limitMs,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};
