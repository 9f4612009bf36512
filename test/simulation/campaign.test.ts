import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { addRun, type Campaign, EMPTY_CAMPAIGN, runCampaign, startsOf } from "./campaign.ts";
import { FAULTS } from "./faults.ts";
import type { Summary } from "./run-seeds.ts";

const runOf = (from: number, violations: Summary["violations"] = []): Summary => ({
  from,
  seeds: 2500,
  distinctSchedules: 2500,
  steps: 10,
  todos: 20,
  virtualMs: 30,
  cpuMsPerSeed: 2,
  faults: Object.fromEntries(FAULTS.map((fault) => [fault, 1])) as Summary["faults"],
  violations,
});

const campaignOf = (...runs: readonly Summary[]): Campaign => runs.reduce(addRun, EMPTY_CAMPAIGN);

test("a campaign adds up its runs and joins neighbouring seeds", () => {
  const broken = { seed: 2600, violation: "a hole" };
  const campaign = campaignOf(runOf(5001), runOf(1), runOf(2501, [broken]));
  expect(campaign).toMatchObject({ seeds: 7500, todos: 60, cpuMs: 15_000, done: [[1, 7500]] });
  expect(campaign.faults[FAULTS[0] ?? ""]).toBe(3);
  expect(campaign.violations).toEqual([broken]);
});

test("a campaign goes on where a killed run left a gap", () => {
  expect(startsOf(campaignOf(runOf(1), runOf(5001)), 5000)).toEqual([2501, 7501]);
});

test("processes side by side lose no run of each other, and a second call goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "campaign-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "campaign.json");
  const run = (from: number) => Promise.resolve(runOf(from));
  const options = { file, processes: 3, onProgress: () => undefined, run };
  await runCampaign({ ...options, seeds: 10_000 });
  const campaign = await runCampaign({ ...options, seeds: 5_000 });
  expect(campaign).toMatchObject({ seeds: 15_000, done: [[1, 15_000]] });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(campaign);
});
