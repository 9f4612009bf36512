import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { buildAll } from "../../build.ts";
import { describeSoak } from "./describe-soak.ts";
import { runSoak } from "./soak.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const QUIET_PROJECTS = 15;

// How fast it was is not asserted: that is for `npm run soak` on a machine of its own.
test("a soak of seconds goes through all its phases and sees all that it judges", async () => {
  const appDirectory = await mkdtemp(join(tmpdir(), "soak-app-"));
  cleanUps.push(() => rm(appDirectory, { recursive: true, force: true }));
  await buildAll(appDirectory);
  const lines: string[] = [];
  const report = await runSoak(
    {
      appDirectory,
      seconds: { alone: 1, hot: 1.5, after: 0.5 },
      ...{ quietProjects: QUIET_PROJECTS, rate: 20, hotCallers: 8, seed: 1 },
      ...{ reportEveryMs: 200, collectEveryMs: 400 },
    },
    (line) => lines.push(line),
  );
  expect(report.audit.violations).toEqual([]);
  expect(report.counts.subscriber?.todos).toBe(report.audit.todos);
  expect(report.counts.load).toMatchObject({ filled: QUIET_PROJECTS, notTaken: 0, readsFailed: 0 });
  const { "quiet fill": fill, "hot hot": hot } = report.latencies;
  expect(fill?.count).toBe(QUIET_PROJECTS);
  expect(hot?.count ?? 0).toBeGreaterThanOrEqual(report.counts.hot?.accepted ?? 0);
  expect(report.processes.slice(0, 6).map(({ name }) => name)).toEqual([
    ...["cosmos", "host 1", "host 2", "subscriber", "hot", "load"],
  ]);
  expect(describeSoak(report).join("\n")).toContain("todos, p50");
  expect(lines.some((line) => line.includes("pending"))).toBe(true);
}, 300_000);
