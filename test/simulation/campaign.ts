import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAULTS } from "./faults.ts";
import type { Summary } from "./run-seeds.ts";

/** What all runs of a campaign came to, as its file holds it. */
export type Campaign = {
  readonly seeds: number;
  /** Distinct within the seeds of one process; between processes nobody compares. */
  readonly distinctSchedules: number;
  readonly steps: number;
  readonly todos: number;
  readonly virtualMs: number;
  readonly cpuMs: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: Summary["violations"];
  /** First and last seed of what is done, in order, neighbours joined. */
  readonly done: readonly (readonly [first: number, last: number])[];
};

export type CampaignOptions = {
  readonly file: string;
  readonly seeds: number;
  readonly processes: number;
  readonly onProgress: (campaign: Campaign) => void;
  /** Runs the seeds of one process. */
  readonly run?: (part: SeedRange) => Promise<Summary>;
};

type SeedRange = { readonly from: number; readonly count: number };

/**
 * One process takes so many seeds: the first thousand cost more, until the compiler knows the code;
 * and what a process did is lost if it is killed.
 */
const SEEDS_PER_PROCESS = 10_000;

/** A campaign before its first run. */
export const EMPTY_CAMPAIGN: Campaign = {
  seeds: 0,
  distinctSchedules: 0,
  steps: 0,
  todos: 0,
  virtualMs: 0,
  cpuMs: 0,
  faults: {},
  violations: [],
  done: [],
};

/**
 * Lives through so many seeds more, in several processes, where the file's earlier runs ended.
 *
 * shape   the file is replaced as a whole after every 10,000 seeds, so a campaign can be killed
 * errors  a file that is none, or a process that ends without a summary, ends the campaign
 */
export const runCampaign = async (options: CampaignOptions): Promise<Campaign> => {
  const { file, seeds, processes, onProgress, run = runProcess } = options;
  let campaign = readCampaign(file);
  const parts = seedsLeft(campaign, seeds);
  const work = async (): Promise<void> => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const summary = await run(part);
      campaign = addRun(campaign, summary);
      writeCampaign(file, campaign);
      onProgress(campaign);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return campaign;
};

/** Adds what one process did. */
export const addRun = (campaign: Campaign, run: Summary): Campaign => ({
  seeds: campaign.seeds + run.seeds,
  distinctSchedules: campaign.distinctSchedules + run.distinctSchedules,
  steps: campaign.steps + run.steps,
  todos: campaign.todos + run.todos,
  virtualMs: campaign.virtualMs + run.virtualMs,
  cpuMs: campaign.cpuMs + Math.round(run.cpuMsPerSeed * run.seeds),
  faults: Object.fromEntries(
    FAULTS.map((fault) => [fault, (campaign.faults[fault] ?? 0) + run.faults[fault]]),
  ),
  violations: [...campaign.violations, ...run.violations],
  done: joined([...campaign.done, [run.from, run.from + run.seeds - 1]]),
});

const joined = (ranges: readonly (readonly [number, number])[]): Campaign["done"] => {
  const result: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((one, other) => one[0] - other[0])) {
    const previous = result.at(-1);
    if (previous && previous[1] + 1 === first) previous[1] = last;
    else result.push([first, last]);
  }
  return result;
};

/** The next seeds, a part for each process: in the gaps that a kill left, then behind all. */
export const seedsLeft = ({ done }: Campaign, seeds: number): SeedRange[] => {
  const parts: SeedRange[] = [];
  const behindAll = Number.MAX_SAFE_INTEGER;
  let from = 1;
  let left = seeds;
  for (const [first, last] of [...done, [behindAll, behindAll] as const]) {
    while (from < first && left > 0) {
      const count = Math.min(SEEDS_PER_PROCESS, first - from, left);
      parts.push({ from, count });
      from += count;
      left -= count;
    }
    from = last + 1;
  }
  return parts;
};

const readCampaign = (file: string): Campaign => {
  if (!existsSync(file)) return EMPTY_CAMPAIGN;
  try {
    return { ...EMPTY_CAMPAIGN, ...(JSON.parse(readFileSync(file, "utf8")) as Campaign) };
  } catch (error) {
    throw new Error(`${file} holds no campaign (${error}); name another file, or delete it`);
  }
};

const writeCampaign = (file: string, campaign: Campaign): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(campaign, undefined, 1)}\n`);
  renameSync(`${file}.new`, file);
};

const runProcess = ({ from, count }: SeedRange): Promise<Summary> =>
  new Promise((resolve, reject) => {
    const main = join(import.meta.dirname, "main.ts");
    const options = ["--json", "--from", `${from}`, "--seeds", `${count}`];
    const child = spawn(process.execPath, [...process.execArgv, main, ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      const line = Buffer.concat(chunks).toString().trim();
      if (line.startsWith("{")) resolve(JSON.parse(line));
      else reject(new Error(`The seeds from ${from} on ended with code ${code} and no summary`));
    });
  });
