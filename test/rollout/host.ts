import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Version } from "./two-versions.ts";

/** A process that runs one version of the function app. */
export type Host = {
  readonly url: string;
  /** What it logged: warnings and errors. */
  readonly lines: readonly string[];
  /** Ends it by a signal and waits until it is gone; answers how it ended. */
  readonly end: (signal: "SIGTERM" | "SIGKILL") => Promise<string>;
};

const PROGRAM = join(import.meta.dirname, "../bench/host-process.ts");

/** Starts a function host as a process of its own, and waits until it takes requests. */
export const startHost = async (version: Version, connectionString: string): Promise<Host> => {
  const child = fork(PROGRAM, [version.directory], {
    env: { ...process.env, COSMOS: connectionString },
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const lines: string[] = [];
  if (child.stderr) createInterface(child.stderr).on("line", (line) => lines.push(line));
  const url = await Promise.race([
    firstLine(child),
    exitOf(child).then((how): never => {
      throw new Error(`The host ended (${how}) before it was ready:\n${lines.join("\n")}`);
    }),
  ]);
  return {
    url,
    lines,
    end: async (signal) => {
      child.kill(signal);
      return exitOf(child);
    },
  };
};

const firstLine = async ({ stdout }: ChildProcess): Promise<string> => {
  if (!stdout) throw new Error("The host has no output to read.");
  const [line] = await once(createInterface(stdout), "line");
  return String(line);
};

const exitOf = async (child: ChildProcess): Promise<string> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.signalCode ?? `exit code ${child.exitCode}`;
};
