import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CLIENT_MUTATIONS } from "./client-mutations.ts";
import { DRAIN_MUTATIONS } from "./drain-mutations.ts";
import type { Mutation } from "./mutation.ts";
import { PIPELINE_MUTATIONS } from "./pipeline-mutations.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "800" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(`npm run mutants [-- --only TEXT] [--seeds 800] [--json]
  puts each deliberate bug into a copy of the sources, alone, and looks which seed or test finds it;
  --only those whose name has the text. Exit code 1 if one survives`);
  process.exit(0);
}

const ROOT = join(import.meta.dirname, "../..");

/** Everything but what is built, deployed or installed. */
const COPIED = [
  "build.ts",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
  "host.json",
].concat(["client", "cli", "domain", "functions", "infra", "local", "sprocs", "test"]);

/** A mutant may hang instead of breaking a promise. */
const RUN_LIMIT_MS = 600_000;

type Verdict = { readonly name: string; readonly killedBy: string | undefined };

/** Copies the sources to where bugs may be put into them. */
const copyTree = (): string => {
  const tree = mkdtempSync(join(tmpdir(), "mutants-"));
  for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
  return tree;
};

const run = (tree: string, args: readonly string[]) =>
  spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: tree,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    timeout: RUN_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });

const judge = (tree: string, mutation: Mutation): Verdict => {
  const file = join(tree, mutation.file);
  const source = readFileSync(file, "utf8");
  const parts = source.split(mutation.find);
  if (parts.length !== 2) {
    throw new Error(
      `"${mutation.name}": its text stands ${parts.length - 1} times in ${mutation.file}; ` +
        "mend the mutation",
    );
  }
  writeFileSync(file, parts.join(mutation.replace));
  try {
    const killedBy = killingSeed(tree) ?? killingTest(tree, mutation.tests ?? []);
    return { name: mutation.name, killedBy };
  } finally {
    writeFileSync(file, source);
  }
};

const killingSeed = (tree: string): string | undefined => {
  const args = ["test/simulation/main.ts", "--seeds", values.seeds, "--json", "--stop"];
  const { stdout, stderr, status, error } = run(tree, args);
  if (status === 0) return undefined;
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return `simulation: ${error?.message ?? firstLine(stderr)}`;
  const { violations } = JSON.parse(line) as { violations: { seed: number; violation: string }[] };
  const [first] = violations;
  return `seed ${first?.seed}: ${firstLine(first?.violation ?? "")}`;
};

const killingTest = (tree: string, tests: readonly string[]): string | undefined => {
  if (tests.length === 0) return undefined;
  const { stdout, stderr, status } = run(tree, ["node_modules/vitest/vitest.mjs", "run", ...tests]);
  if (status === 0) return undefined;
  return /FAIL\s+(.*)/.exec(stdout + stderr)?.[1]?.trim() ?? `a test that does not run: ${tests}`;
};

const firstLine = (text: string): string => text.split("\n")[0]?.slice(0, 160) ?? "";

/** Without a bug nothing may fail, or every bug would seem to be caught. */
const checkUnchanged = (tree: string, mutations: readonly Mutation[]): void => {
  const suites = [...new Set(mutations.flatMap(({ tests = [] }) => tests))];
  const killer = killingSeed(tree) ?? killingTest(tree, suites);
  if (killer !== undefined) throw new Error(`Without any bug there is a failure: ${killer}`);
};

const all = [...DRAIN_MUTATIONS, ...PIPELINE_MUTATIONS, ...CLIENT_MUTATIONS];
const mutations = all.filter(({ name }) => name.includes(values.only));
const tree = copyTree();
const verdicts: Verdict[] = [];
try {
  checkUnchanged(tree, mutations);
  for (const mutation of mutations) {
    const verdict = judge(tree, mutation);
    verdicts.push(verdict);
    const { name, killedBy } = verdict;
    if (!values.json)
      console.log(`${killedBy ? "killed  " : "SURVIVED"} ${name}\n         ${killedBy ?? ""}`);
  }
} finally {
  rmSync(tree, { recursive: true, force: true });
}
const survivors = verdicts.filter(({ killedBy }) => killedBy === undefined);
if (values.json) console.log(JSON.stringify(verdicts));
else console.log(`${verdicts.length - survivors.length} of ${verdicts.length} mutants killed`);
if (survivors.length > 0) process.exitCode = 1;
