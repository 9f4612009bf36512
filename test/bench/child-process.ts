import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program of ours in its own process. */
export type Child = {
  /** The first line that it printed. */
  readonly firstLine: string;
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  readonly stop: () => Promise<void>;
};

/** Starts a program and waits for its first line; what it prints on standard error is ours to see. */
export const startChild = async (
  script: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Child> => {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, ...args],
    { stdio: ["ignore", "pipe", "inherit", "ipc"], env: { ...process.env, ...env } },
  );
  const firstLine = await firstLineOf(child, script);
  child.stdout?.resume();
  return { firstLine, pid: child.pid ?? 0, stop: () => stop(child) };
};

const firstLineOf = async (child: ChildProcess, script: string): Promise<string> => {
  if (!child.stdout) throw new Error(`${script} has no output`);
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`${script} ended before it was ready`);
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
};
