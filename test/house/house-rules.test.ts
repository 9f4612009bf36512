import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const repository = join(import.meta.dirname, "../..");
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: repository,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(repository, file)));
const sources = files.filter((file) => file.endsWith(".ts"));
const read = (file: string): string => readFileSync(join(repository, file), "utf8");

const MAX_LINES = 400;
const VAGUE_NAMES = new Set(["index.ts", "types.ts", "utils.ts", "helpers.ts", "common.ts"]);
const VAGUE_FOLDERS = new Set(["utils", "helpers", "common"]);

describe("the house rules", () => {
  test("no source file is longer than 400 lines", () => {
    expect(sources.filter((file) => read(file).split("\n").length > MAX_LINES)).toEqual([]);
  });

  test("files are named for the one thing in them", () => {
    const vague = sources.filter(
      (file) => VAGUE_NAMES.has(basename(file)) || VAGUE_FOLDERS.has(basename(dirname(file))),
    );
    expect(vague).toEqual([]);
  });

  test("no test is singled out, and none is skipped without a reason beside it", () => {
    const tests = sources.filter((file) => file.startsWith("test/"));
    const careless = tests.filter((file) =>
      /\b(?:it|test|describe)\.(?:only|todo|skip)\(/.test(read(file)),
    );
    expect(careless).toEqual([]);
  });

  test("user documents and sources name no path of one machine", () => {
    const named = files
      .filter((file) => /\.(?:ts|md|json|cs|bicep|yml|yaml)$/.test(file))
      .filter((file) => file !== "package-lock.json")
      .filter((file) => /(^|[^\w.~-])\/(?:root|home|work|mnt)\/[A-Za-z.]/m.test(read(file)));
    expect(named).toEqual([]);
  });

  test("the lock file knows the packages of every platform, also those that this one skips", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${owner}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  test("every decision for a dependency has its line in ARCHITECTURE.md", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json"));
    const architecture = existsSync(join(repository, "ARCHITECTURE.md"))
      ? read("ARCHITECTURE.md")
      : "";
    const unexplained = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !architecture.includes(`\`${name}\``),
    );
    expect(unexplained).toEqual([]);
  });
});
