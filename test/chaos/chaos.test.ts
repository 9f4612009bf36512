import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Verdict } from "./run-chaos.ts";

const MAIN = join(import.meta.dirname, "main.ts");
const WITHIN_MS = 400_000;

let folder: string;
let endGroup: () => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chaos-test-"));
  endGroup = () => undefined;
});
afterEach(() => {
  endGroup();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});

/** Runs the program in a process group of its own, so that nothing of it can be left over. */
const runChaos = async (...args: string[]) => {
  const node = ["--disable-warning=ExperimentalWarning", MAIN, ...args];
  const child = spawn(process.execPath, node, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  endGroup = () => {
    try {
      process.kill(-Number(child.pid), "SIGKILL");
    } catch {
      // All of them have ended.
    }
  };
  const [exit, stdout, stderr] = await Promise.all([
    once(child, "exit"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: exit[0], stdout, stderr };
};

test(
  "half a minute of chaos loses nothing, breaks no invariant, and all recovers",
  async () => {
    const seed = String(Math.floor(Math.random() * 1e9));
    const args = ["--minutes", "0.4", "--seed", seed, "--folder", folder, "--json"];
    const { code, stdout, stderr } = await runChaos(...args);
    const verdict = JSON.parse(stdout || "{}") as Verdict;
    const { audit, findings, tally } = verdict;
    console.log(`chaos: seed ${seed}, ${verdict.asked} requests, ${JSON.stringify(tally)}`);
    expect({ findings, violations: audit?.violations }, stderr).toEqual({
      findings: [],
      violations: [],
    });
    expect(code, stderr).toBe(0);
    expect(audit.todos).toBeGreaterThan(50);
    expect(audit.pending).toBe(0);
    expect(verdict.answers.created).toBeGreaterThan(10);
    expect(verdict.answers.kept).toBeGreaterThan(10);
    expect(verdict.handled).toBeGreaterThanOrEqual(audit.todos);
    expect(tally.serverRecoveries.length).toBeGreaterThan(0);
    expect(tally.stormRecoveriesMs.length).toBeGreaterThan(0);
    // What the figures say stands in the journals too, written by other processes.
    expect(readFileSync(join(folder, "journals", "raw-1"), "utf8")).toContain('"answer":"created"');
  },
  WITHIN_MS,
);

test("a wrong option is refused with what to do, and help costs nothing", async () => {
  expect(await runChaos("--hosts", "9")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--hosts is neither 2 nor 3"),
  });
  expect(await runChaos("--help")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("npm run chaos"),
  });
});
