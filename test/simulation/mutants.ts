import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import type { Mutation } from "./mutation.ts";
import { MUTATIONS, mutate } from "./mutations.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "800" },
    only: { type: "string", default: "" },
    from: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(`npm run mutants [-- --only TEXT] [--from 1] [--seeds 800] [--json]
  puts each deliberate bug into a copy of the sources, alone, and looks which seed or test finds it;
  --only those whose name has the text, --from the one with this number on. Exit code 1 if one
  survives`);
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

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs one program in a process group of its own, so that none of its children outlives it. */
const run = async (tree: string, args: readonly string[]): Promise<Ended> => {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: tree,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const endGroup = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const limit = setTimeout(endGroup, RUN_LIMIT_MS);
  process.once("exit", endGroup);
  child.once("exit", endGroup);
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await closed) as [number | null];
  clearTimeout(limit);
  process.off("exit", endGroup);
  return { status, stdout, stderr };
};

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
};

const judge = async (tree: string, mutation: Mutation): Promise<Verdict> => {
  const file = join(tree, mutation.file);
  const source = readFileSync(file, "utf8");
  writeFileSync(file, mutate(mutation, source));
  try {
    const killedBy = (await killingSeed(tree)) ?? (await killingTest(tree, mutation.tests ?? []));
    return { name: mutation.name, killedBy };
  } finally {
    writeFileSync(file, source);
  }
};

const killingSeed = async (tree: string): Promise<string | undefined> => {
  const args = ["test/simulation/main.ts", "--seeds", values.seeds, "--json", "--stop"];
  const { stdout, stderr, status } = await run(tree, args);
  if (status === 0) return undefined;
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return `simulation: ${firstLine(stderr) || "it hung"}`;
  const { violations } = JSON.parse(line) as { violations: { seed: number; violation: string }[] };
  const [first] = violations;
  return `seed ${first?.seed}: ${firstLine(first?.violation ?? "")}`;
};

const killingTest = async (tree: string, tests: readonly string[]): Promise<string | undefined> => {
  if (tests.length === 0) return undefined;
  const vitest = ["node_modules/vitest/vitest.mjs", "run", ...tests];
  const { stdout, stderr, status } = await run(tree, vitest);
  if (status === 0) return undefined;
  return /FAIL\s+(.*)/.exec(stdout + stderr)?.[1]?.trim() ?? `a test that does not run: ${tests}`;
};

const firstLine = (text: string): string => text.split("\n")[0]?.slice(0, 160) ?? "";

/** Without a bug nothing may fail, or every bug would seem to be caught. */
const checkUnchanged = async (tree: string, mutations: readonly Mutation[]): Promise<void> => {
  const suites = [...new Set(mutations.flatMap(({ tests = [] }) => tests))];
  const killer = (await killingSeed(tree)) ?? (await killingTest(tree, suites));
  if (killer !== undefined) throw new Error(`Without any bug there is a failure: ${killer}`);
};

const wanted = MUTATIONS.slice(Number(values.from) - 1);
const mutations = wanted.filter(({ name }) => name.includes(values.only));
for (const each of mutations) mutate(each, readFileSync(join(ROOT, each.file), "utf8"));
const tree = copyTree();
process.once("exit", () => rmSync(tree, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const verdicts: Verdict[] = [];
await checkUnchanged(tree, mutations);
for (const mutation of mutations) {
  const verdict = await judge(tree, mutation);
  verdicts.push(verdict);
  const { name, killedBy } = verdict;
  if (!values.json)
    console.log(`${killedBy ? "killed  " : "SURVIVED"} ${name}\n         ${killedBy ?? ""}`);
}
const survivors = verdicts.filter(({ killedBy }) => killedBy === undefined);
if (values.json) console.log(JSON.stringify(verdicts));
else console.log(`${verdicts.length - survivors.length} of ${verdicts.length} mutants killed`);
if (survivors.length > 0) process.exitCode = 1;
