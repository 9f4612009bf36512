import { parseArgs } from "node:util";

export type SoakOptions = {
  readonly appDirectory: string;
  /** Seconds of each phase; `after` is the least, it goes on until lag is gone. */
  readonly seconds: { readonly alone: number; readonly hot: number; readonly after: number };
  readonly quietProjects: number;
  /** Requests a second, of all quiet projects together. */
  readonly rate: number;
  /** Callers of the hot project. */
  readonly hotCallers: number;
  readonly seed: number;
  readonly reportEveryMs: number;
  readonly collectEveryMs: number;
};

export const HELP = `npm run soak -- [--minutes 10] [--quiet-projects 10000] [--rate 60] [--hot-callers 64]
                [--seed 1] [--json]

Loads the local Azure for a long time and says whether memory stays bounded, lag returns to zero and
quiet projects do not starve beside a hot one. Server, two function hosts, load, hot project and
subscriber are processes of their own, every commit is fsynced.

  --minutes         a quarter without the hot project, half with it, a quarter after it
  --quiet-projects  projects that share the mixed traffic: submit(), plain creates, HTTP, duplicates,
                    poison; users who list and query todos
  --rate            requests a second of all quiet projects together
  --hot-callers     callers of the hot project, each with one request at a time
  --seed            chooses the mix
  --json            one JSON object at the end

Exit code: 0 good, 1 a bound is broken (each is named), 2 wrong usage`;

const REPORT_EVERY_MS = 2_000;
/** A full collection stops a process for some ten milliseconds, so it is rare. */
const COLLECT_EVERY_MS = 20_000;

/** Reads the command line. Throws an Error that says what is wrong with it. */
export const readSoakOptions = (
  args: readonly string[],
  appDirectory: string,
): SoakOptions & { readonly json: boolean; readonly help: boolean } => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      "quiet-projects": { type: "string", default: "10000" },
      rate: { type: "string", default: "60" },
      "hot-callers": { type: "string", default: "64" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const number = (name: "minutes" | "quiet-projects" | "rate" | "hot-callers" | "seed"): number => {
    const value = Number(values[name]);
    if (Number.isFinite(value) && value > 0) return value;
    throw new Error(`--${name} is "${values[name]}"; give a number above 0`);
  };
  const seconds = number("minutes") * 60;
  return {
    appDirectory,
    seconds: { alone: seconds / 4, hot: seconds / 2, after: seconds / 4 },
    quietProjects: Math.round(number("quiet-projects")),
    rate: number("rate"),
    hotCallers: Math.round(number("hot-callers")),
    seed: number("seed"),
    reportEveryMs: REPORT_EVERY_MS,
    collectEveryMs: COLLECT_EVERY_MS,
    json: values.json,
    help: values.help,
  };
};
