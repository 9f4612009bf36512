import { join } from "node:path";
import { describeSoak } from "./describe-soak.ts";
import { runSoak } from "./soak.ts";
import { HELP, readSoakOptions } from "./soak-options.ts";

const BUILT_APP = join(import.meta.dirname, "../../dist");
const WRONG_USAGE = 2;

const run = async (): Promise<number> => {
  const options = readArguments();
  if (options === undefined) return WRONG_USAGE;
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const report = await runSoak(options, console.error, interruption());
  if (options.json) console.log(JSON.stringify(report));
  else for (const line of describeSoak(report)) console.log(line);
  return report.broken.length === 0 ? 0 : 1;
};

const readArguments = () => {
  try {
    return readSoakOptions(process.argv.slice(2), BUILT_APP);
  } catch (error) {
    console.error(`${(error as Error).message}; see npm run soak -- --help`);
    return undefined;
  }
};

const interruption = (): AbortSignal => {
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => interrupted.abort());
  return interrupted.signal;
};

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`The soak did not come to its end: ${(error as Error).message}`);
  process.exitCode = 1;
}
