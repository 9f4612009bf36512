import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { addRun, type Campaign, EMPTY_CAMPAIGN, runCampaign, seedsLeft } from "./campaign.ts";
import { FAULTS } from "./faults.ts";
import type { Summary } from "./run-seeds.ts";

const runOf = (from: number, violations: Summary["violations"] = [], seeds = 2500): Summary => ({
  from,
  seeds,
  distinctSchedules: seeds,
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
  expect(seedsLeft(campaignOf(runOf(1), runOf(5001)), 15_000)).toEqual([
    { from: 2501, count: 2500 },
    { from: 7501, count: 10_000 },
    { from: 17_501, count: 2500 },
  ]);
});

test("processes side by side lose no run of each other, and a second call goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "campaign-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "campaign.json");
  const run = ({ from, count }: { from: number; count: number }) =>
    Promise.resolve(runOf(from, [], count));
  const options = { file, processes: 3, onProgress: () => undefined, run };
  await runCampaign({ ...options, seeds: 25_000 });
  const campaign = await runCampaign({ ...options, seeds: 5_000 });
  expect(campaign).toMatchObject({ seeds: 30_000, done: [[1, 30_000]] });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(campaign);
});
