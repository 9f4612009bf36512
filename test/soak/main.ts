import { join } from "node:path";
import { describeSoak } from "./describe-soak.ts";
import { runSoak } from "./soak.ts";
import { HELP, readSoakOptions } from "./soak-options.ts";

const run = async (): Promise<number> => {
  const options = readSoakOptions(process.argv.slice(2), join(import.meta.dirname, "../../dist"));
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const report = await runSoak(options, console.error);
  if (options.json) console.log(JSON.stringify(report));
  else for (const line of describeSoak(report)) console.log(line);
  return report.broken.length === 0 ? 0 : 1;
};

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`${(error as Error).message}`);
  process.exitCode = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
}
