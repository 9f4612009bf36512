import { parseArgs } from "node:util";
import { buildDotnetProgram, whyNoDotnet } from "./dotnet-program.ts";
import { killAllPrograms } from "./line-program.ts";
import type { Figures, Scenario } from "./scenario.ts";
import { doorbellDropped, doorbellRepeated } from "./scenarios/doorbell.ts";
import { dotnetClient } from "./scenarios/dotnet-client.ts";
import { everyChange } from "./scenarios/every-change.ts";
import { grantedRoles } from "./scenarios/granted-roles.ts";
import { packagedApp } from "./scenarios/packaged-app.ts";
import { mergePartitions, splitPartitions } from "./scenarios/repartition.ts";
import { sharedLeases } from "./scenarios/shared-leases.ts";

const HELP = `Runs the .NET SDK and its change feed processor, the engine of the Functions trigger,
against the embedded server.

  npm run interop [-- --require] [--only TEXT]

  --require    fail if dotnet 10 is missing, instead of skipping (so does CI=true)
  --only TEXT  only scenarios whose title contains TEXT`;

const SCENARIOS: readonly Scenario[] = [
  ...dotnetClient,
  everyChange,
  sharedLeases,
  splitPartitions,
  mergePartitions,
  grantedRoles,
  doorbellDropped,
  doorbellRepeated,
  packagedApp,
];

const main = async (): Promise<number> => {
  const { help, isRequired, only } = readArguments();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const obstacle = whyNoDotnet();
  if (obstacle) {
    const outcome = isRequired ? "failed" : "skipped";
    console.log(`interop ${outcome}: ${obstacle}; install the .NET SDK 10 to run it.`);
    return isRequired ? 1 : 0;
  }
  const scenarios = SCENARIOS.filter(({ title }) => title.includes(only));
  if (scenarios.length === 0) {
    console.log(`No scenario's title contains "${only}".`);
    return 1;
  }
  console.log("building the .NET program …");
  buildDotnetProgram();
  return runAll(scenarios);
};

const readArguments = () => {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      require: { type: "boolean", default: process.env.CI === "true" },
      only: { type: "string", default: "" },
    },
  });
  return { help: values.help, isRequired: values.require, only: values.only };
};

const runAll = async (scenarios: readonly Scenario[]): Promise<number> => {
  const start = performance.now();
  let failed = 0;
  for (const [index, scenario] of scenarios.entries()) {
    const began = performance.now();
    const report = await outcome(scenario, `${index + 1}/${scenarios.length}`);
    if (!report.passed) failed += 1;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${report.passed ? "pass" : "FAIL"}  ${scenario.title} (${seconds} s)`);
    console.log(report.details);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`\n${scenarios.length - failed} passed, ${failed} failed, ${seconds} s`);
  return failed === 0 ? 0 : 1;
};

type Report = { readonly passed: boolean; readonly details: string };

const outcome = async (scenario: Scenario, place: string): Promise<Report> => {
  try {
    const figures = await scenario.run((text) => console.log(`  ${place}  ${text}`));
    return { passed: true, details: describe(figures) };
  } catch (error) {
    return { passed: false, details: `      ${error instanceof Error ? error.stack : error}` };
  } finally {
    killAllPrograms();
  }
};

const describe = (figures: Figures): string =>
  `      ${Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}`;

process.on("exit", killAllPrograms);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
