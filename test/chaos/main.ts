import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeVerdict, isGood } from "./describe-verdict.ts";
import { describeFinding, type Finding } from "./finding.ts";
import { canFillDisk } from "./full-disk.ts";
import { runChaos } from "./run-chaos.ts";

/** Makes real processes fail in every way that we know, and looks whether anything was lost. */
const USAGE = `npm run chaos [-- --minutes 5] [--seed 1] [--hosts 3] [--folder DIR] [--json]

  --minutes M   how long things go wrong; settling and judging come on top (2)
  --seed S      the seed of the faults (any)
  --hosts 2|3   function hosts (2)
  --folder DIR  keep data, journals and logs there; else they are kept only if something is wrong
  --json        the figures as one JSON object

Exit code: 0 nothing lost, no violation, all recovered; 1 otherwise; 2 wrong usage`;

const OPTIONS = {
  minutes: { type: "string", default: "2" },
  seed: { type: "string" },
  hosts: { type: "string", default: "2" },
  folder: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const PROGRESS_EVERY_MS = 5_000;
const INTERRUPTED = 130;

type Options = {
  readonly seed: number;
  readonly minutes: number;
  readonly hosts: number;
  readonly folder: string | undefined;
  readonly isJson: boolean;
};

/** Reads the command line; undefined: only help is wanted. */
const readOptions = (): Options | undefined => {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return undefined;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const [minutes, hosts] = [Number(values.minutes), Number(values.hosts)];
  if (!Number.isSafeInteger(seed)) throw new Error("--seed is not an integer");
  if (!(minutes > 0)) throw new Error("--minutes is not a positive number");
  if (hosts !== 2 && hosts !== 3) throw new Error("--hosts is neither 2 nor 3");
  return { seed, minutes, hosts, folder: values.folder, isJson: values.json };
};

/** Runs, says how it went, and answers the exit code. */
const run = async ({ seed, minutes, hosts, folder, isJson }: Options): Promise<number> => {
  const directory = folder ?? mkdtempSync(join(tmpdir(), "chaos-"));
  mkdirSync(directory, { recursive: true });
  const startedAt = performance.now();
  let step = "starting";
  const say = (): void => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.error(`chaos ${seconds.padStart(4)} s of ${minutes * 60}: ${step}`);
  };
  console.error(`chaos with seed ${seed}: ${minutes} minutes, ${hosts} function hosts`);
  if (!(await canFillDisk())) console.error("without prlimit (util-linux) the disk is never full");
  const progress = setInterval(say, PROGRESS_EVERY_MS);
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => interrupted.abort());
  const onStep = (what: string): void => {
    step = what;
    say();
  };
  let keeps = folder !== undefined;
  try {
    const durationMs = minutes * 60_000;
    const told = {
      onStep,
      onFinding: (finding: Finding) => console.error(describeFinding(finding)),
    };
    const { signal } = interrupted;
    const verdict = await runChaos({ seed, durationMs, hosts, directory, signal, ...told });
    if (!verdict) return INTERRUPTED;
    console.log(isJson ? JSON.stringify({ seed, ...verdict }) : describeVerdict(verdict));
    keeps ||= !isGood(verdict);
    return isGood(verdict) ? 0 : 1;
  } catch (error) {
    keeps = true;
    throw error;
  } finally {
    clearInterval(progress);
    if (keeps) console.error(`data, journals and logs are in ${directory}`);
    else rmSync(directory, { recursive: true });
  }
};

let options: Options | undefined;
try {
  options = readOptions();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
if (options) process.exit(await run(options));
console.log(USAGE);
