import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");

type Event = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A command that runs in a process group of its own. */
export type Running = {
  readonly process: ChildProcess;
  readonly events: Event[];
  readonly errorLines: string[];
  /** Waits for the first event of that name. */
  readonly event: (name: string) => Promise<Event>;
  /** Waits for the end: exit code, or the signal's name. */
  readonly end: Promise<number | NodeJS.Signals>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** kill -9 of the whole group. */
  readonly killGroup: () => void;
};

/** Runs a command of the command line, with --json. */
export const runCommand = (args: readonly string[], env: Record<string, string> = {}): Running => {
  const { COSMOS: _c, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, ...args, "--json"],
    { detached: true, stdio: ["ignore", "pipe", "pipe"], env: { ...inherited, ...env } },
  );
  const events: Event[] = [];
  const errorLines: string[] = [];
  const waiting: { name: string; resolve: (event: Event) => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as Event;
    events.push(event);
    for (const { name, resolve } of waiting) if (name === event.event) resolve(event);
  });
  createInterface({ input: child.stderr }).on("line", (line) => errorLines.push(line));
  const end = once(child, "close").then(([code, signal]) => code ?? signal);
  return {
    process: child,
    events,
    errorLines,
    end,
    event: (name) => {
      const found = events.find(({ event }) => event === name);
      if (found) return Promise.resolve(found);
      return Promise.race([
        new Promise<Event>((resolve) => waiting.push({ name, resolve })),
        end.then((how) => {
          const last = events.find(({ event }) => event === name);
          if (last) return last;
          throw new Error(`ended (${how}) without "${name}":\n${errorLines.join("\n")}`);
        }),
      ]);
    },
    kill: (signal) => void child.kill(signal),
    killGroup: () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    },
  };
};

/** A folder that a test may fill; removed by `remove`. */
export const temporaryFolder = async () => {
  const directory = await mkdtemp(join(tmpdir(), "command-line-"));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
};

/** The ports that `start` takes in tests: free ones. */
export const FREE_PORTS = ["--port", "0", "--functions-port", "0"] as const;

export const SAMPLE = join(import.meta.dirname, "../../samples/requests.ndjson");
