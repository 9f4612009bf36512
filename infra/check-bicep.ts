import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { bundleDrain, type Script } from "../build.ts";
import { findCompiler } from "./bicep-compiler.ts";

/**
 * Checks infra/bicep with the real compiler, without Azure: `npm run check:bicep`.
 *
 * shape   --require: no compiler is a failure; --update: writes the snapshots instead of comparing.
 *         Answers the exit code. Every warning counts: to the compiler an unknown property is only one
 * source  rules that are off by default are on in bicepconfig.json;
 *         learn.microsoft.com/azure/azure-resource-manager/bicep/linter
 */
const checkBicep = async (options: readonly string[]): Promise<number> => {
  const compiler = findCompiler();
  if (compiler.kind === "missing") {
    console.error(`Bicep is not checked: ${compiler.reason}.`);
    return options.includes("--require") ? 1 : 0;
  }
  console.log(`bicep ${compiler.version}`);
  const root = mkdtempSync(join(tmpdir(), "check-bicep-"));
  try {
    cpSync(SOURCE, join(root, "infra/bicep"), { recursive: true });
    cpSync(REFUSED, join(root, "test/infra/refused"), { recursive: true });
    const bicep = bicepIn(join(root, "infra/bicep"), compiler.command);
    const drain = await bundleDrain();
    writeDrain(root, drain);
    const complaints = [
      ...step("build", () => build(bicep, join(root, "built"), drain)),
      ...step("lint", () => everyFile(bicep, "lint")),
      ...step("format", () => format(bicep, join(root, "infra/bicep"))),
    ];
    writeDrain(root, STAND_IN);
    complaints.push(...step("refusals", () => refusals(bicep)));
    const mode = options.includes("--update") ? "overwrite" : "validate";
    complaints.push(...step(`snapshots, ${mode}`, () => snapshots(bicep, mode)));
    if (mode === "overwrite") copySnapshots(join(root, "infra/bicep"));
    for (const complaint of complaints) console.error(complaint.replaceAll(root, "."));
    return complaints.length === 0 ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const SOURCE = join(import.meta.dirname, "bicep");
const REFUSED = join(import.meta.dirname, "../test/infra/refused");

/**
 * Takes the drain's place in the snapshots: 50,000 characters on one line, new with each change of
 * sprocs/, would bury what a reviewer should see. That the real one is deployed, `build` checks.
 */
const STAND_IN: Script = { name: "drain-00000000", body: "function () {}" };

const writeDrain = (root: string, { name, body }: Script): void => {
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(join(root, "dist/drain.json"), JSON.stringify({ name }));
  writeFileSync(join(root, "dist/drain.js"), body);
};

type Bicep = (...parameters: readonly string[]) => { readonly isDone: boolean; output: string };

const bicepIn =
  (cwd: string, command: string): Bicep =>
  (...parameters) => {
    // Nothing else of the environment: the parameter files read variables of whoever deploys.
    const { PATH, HOME, TMPDIR, USERPROFILE, TEMP } = process.env;
    const { status, stdout, stderr } = spawnSync(command, parameters, {
      cwd,
      encoding: "utf8",
      env: { PATH, HOME, TMPDIR, USERPROFILE, TEMP },
    });
    return { isDone: status === 0, output: stripVTControlCharacters(`${stdout}${stderr}`).trim() };
  };

const step = (name: string, check: () => readonly string[]): readonly string[] => {
  const complaints = check();
  console.log(`${complaints.length === 0 ? "ok    " : "FAILED"} ${name}`);
  return complaints;
};

/** Runs a command on all modules and all parameter files; whatever it says is a complaint. */
const everyFile = (bicep: Bicep, command: string): readonly string[] => [
  ...silently(bicep(command, "--pattern", "*.bicep")),
  ...silently(bicep(command, "--pattern", "*.bicepparam")),
];

const silently = ({ isDone, output }: ReturnType<Bicep>): readonly string[] => {
  if (output !== "") return [...new Set(output.split("\n"))];
  return isDone ? [] : ["bicep failed and did not say why."];
};

const build = (bicep: Bicep, directory: string, { name, body }: Script): readonly string[] => {
  mkdirSync(directory);
  const complaints = [
    ...silently(bicep("build", "--pattern", "*.bicep", "--outdir", directory)),
    ...silently(bicep("build-params", "--pattern", "*.bicepparam", "--outdir", directory)),
  ];
  if (complaints.length > 0) return complaints;
  const { variables } = JSON.parse(readFileSync(join(directory, "cosmos-account.json"), "utf8"));
  const loaded = Object.values(variables);
  const isLoaded = loaded.includes(body) && JSON.stringify(loaded).includes(`"name":"${name}"`);
  return isLoaded ? [] : ["cosmos-account.bicep does not deploy the drain that build.ts makes."];
};

const format = (bicep: Bicep, directory: string): readonly string[] => [
  ...everyFile(bicep, "format"),
  ...readdirSync(directory)
    .filter((file) => /\.bicep(param)?$/.test(file))
    .filter((file) => read(directory, file) !== read(SOURCE, file))
    .map((file) => `infra/bicep/${file} is not formatted: run "bicep format" on it.`),
];

const read = (directory: string, file: string): string =>
  readFileSync(join(directory, file), "utf8");

// A snapshot must know where it would be deployed; nothing is asked there.
const NOWHERE = "00000000-0000-0000-0000-000000000000";
const TARGET = [
  ...["--subscription-id", NOWHERE],
  ...["--tenant-id", NOWHERE],
  ...["--location", "swedencentral"],
];

const snapshots = (bicep: Bicep, mode: string): readonly string[] =>
  readdirSync(SOURCE)
    .filter((file) => file.endsWith(".bicepparam"))
    .flatMap((file) => {
      const { isDone, output } = bicep("snapshot", file, "--mode", mode, ...TARGET);
      if (isDone) return [];
      return [`${file}: ${output}`, "If this is meant: npm run check:bicep -- --update"];
    });

/** Each of these breaks a promise; a snapshot also runs what fails only while deploying. */
const refusals = (bicep: Bicep): readonly string[] => {
  const files = readdirSync(REFUSED).map((file) => `../../test/infra/refused/${file}`);
  const { output } = bicep("build-params", "--pattern", "../../test/infra/refused/*.bicepparam");
  const errors = output.split("\n").filter((line) => line.includes(": Error "));
  return files
    .filter((file) => !errors.some((line) => line.includes(`${basename(file)}(`)))
    .filter((file) => bicep("snapshot", file, "--mode", "overwrite", ...TARGET).isDone)
    .map((file) => `${file} can be deployed; it breaks a promise.`);
};

const copySnapshots = (directory: string): void => {
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".snapshot.json"))) {
    copyFileSync(join(directory, file), join(SOURCE, file));
  }
};

process.exitCode = await checkBicep(process.argv.slice(2));
