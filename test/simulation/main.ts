import { parseArgs } from "node:util";
import { type Campaign, runCampaign } from "./campaign.ts";
import { replayCommand } from "./replay-command.ts";
import { runSeeds } from "./run-seeds.ts";
import { shrink } from "./shrink.ts";
import { runWorld } from "./world.ts";

const USAGE = `npm run simulate -- [--seeds N] [--from S] [--json] [--stop]
  lives through many worlds; --stop at the first violation
npm run simulate -- --campaign FILE [--seeds N] [--processes P]
  lives through N worlds more than FILE tells of, and adds them to it; it can be killed
npm run simulate -- --seed S [--without a,b] [--requests N] [--trace] [--json]
  lives through one world, again and exactly; --trace shows its schedule`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    campaign: { type: "string" },
    processes: { type: "string", default: "2" },
    seed: { type: "string" },
    without: { type: "string", default: "" },
    requests: { type: "string" },
    trace: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    stop: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const number = (name: "seeds" | "from" | "processes" | "seed" | "requests"): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} is "${values[name]}"; give a whole number`);
};

/** Runs one world and says how it ended; the trace is the same each time. */
const replay = async (): Promise<void> => {
  const end = await runWorld({
    seed: number("seed"),
    without: new Set(values.without.split(",").filter((name) => name !== "")),
    requests: values.requests === undefined ? undefined : number("requests"),
    ...(values.trace ? { log: console.log } : {}),
  });
  console.log(values.json ? JSON.stringify(end) : end);
  if (end.violation !== undefined) process.exitCode = 1;
};

/** Runs many worlds; of the first that breaks a promise it looks for a smaller one. */
const runMany = async (): Promise<void> => {
  const from = number("from");
  const summary = await runSeeds({
    from,
    count: number("seeds"),
    stopsAtFirst: values.stop,
    onProgress: (done) => {
      if (!values.json) console.log(progressLine(done));
    },
  });
  if (values.json) console.log(JSON.stringify(summary));
  else console.table(summary.faults);
  if (summary.violations.length === 0) {
    if (!values.json) console.log(`go on with --from ${from + summary.seeds}`);
    return;
  }
  process.exitCode = 1;
  if (values.json) return;
  for (const { seed, violation } of summary.violations) {
    console.error(`seed ${seed}: ${violation}\n  ${replayCommand({ seed })}`);
  }
  const [first] = summary.violations;
  const smaller = first && (await shrink(first.seed));
  if (smaller) console.error(`smaller: ${smaller.violation}\n  ${replayCommand(smaller.options)}`);
};

/** Goes on with a campaign of very many worlds, which no single run would finish. */
const runMore = async (file: string): Promise<void> => {
  const campaign = await runCampaign({
    file,
    seeds: number("seeds"),
    processes: number("processes"),
    onProgress: (now) => {
      if (!values.json) console.log(campaignLine(now));
    },
  });
  if (values.json) console.log(JSON.stringify(campaign));
  if (campaign.violations.length === 0) return;
  process.exitCode = 1;
  for (const { seed, violation } of campaign.violations) {
    console.error(`seed ${seed}: ${violation}\n  ${replayCommand({ seed })}`);
  }
};

const campaignLine = ({ seeds, todos, cpuMs, violations }: Campaign): string =>
  [
    `${seeds} seeds in all, ${todos} todos, ${(cpuMs / seeds).toFixed(1)} ms per seed`,
    `${violations.length} violations`,
  ].join(", ");

const progressLine = (summary: Awaited<ReturnType<typeof runSeeds>>): string => {
  const { seeds, distinctSchedules, cpuMsPerSeed, violations, todos } = summary;
  const faults = Object.values(summary.faults).reduce((sum, count) => sum + count, 0);
  return [
    `${seeds} seeds, ${distinctSchedules} schedules, ${todos} todos, ${faults} faults`,
    `${cpuMsPerSeed.toFixed(1)} ms per seed, ${violations.length} violations`,
  ].join(", ");
};

try {
  if (values.help) console.log(USAGE);
  else if (values.campaign !== undefined) await runMore(values.campaign);
  else if (values.seed === undefined) await runMany();
  else await replay();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  process.exitCode = 2;
}
