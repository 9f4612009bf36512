import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Each is a file and an import that the layering refuses, or allows. */
const REFUSED = [
  ["domain/a.ts", "../client/submit.ts"],
  ["domain/a.ts", "node:fs"],
  ["domain/a.ts", "undici"],
  ["sprocs/a.ts", "../client/submit.ts"],
  ["sprocs/a.ts", "@azure/cosmos"],
  ["client/processor/a.ts", "../../functions/main.ts"],
  ["client/a.ts", "../local/cosmos/server.ts"],
  ["functions/a.ts", "../local/cosmos/server.ts"],
  ["functions/a.ts", "../sprocs/drain.ts"],
  ["local/cosmos/store/a.ts", "../../../domain/todo.ts"],
  ["local/cosmos/http/a.ts", "@azure/cosmos"],
  ["local/cosmos/a.ts", "../host/function-host.ts"],
  ["local/host/a.ts", "../cosmos/server.ts"],
  ["local/host/a.ts", "../../functions/main.ts"],
  ["cli/a.ts", "../test/bench/main.ts"],
] as const;

const ALLOWED = [
  ["domain/a.ts", "fp-ts/lib/Either.js"],
  ["domain/a.ts", "io-ts"],
  ["sprocs/a.ts", "../domain/create-todo.ts"],
  ["client/processor/a.ts", "../../domain/todo.ts"],
  ["functions/a.ts", "../client/connect.ts"],
  ["local/cosmos/store/a.ts", "node:sqlite"],
  ["local/host/a.ts", "../../client/connect.ts"],
] as const;

const repository = join(import.meta.dirname, "../..");
const biome = join(repository, "node_modules/.bin/biome");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layering-"));
  copyFileSync(join(repository, "biome.json"), join(folder, "biome.json"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const complaints = (file: string, specifier: string): boolean => {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import * as imported from "${specifier}";\nconsole.log(imported);\n`);
  const lint = spawnSync(biome, ["lint", path], { cwd: folder, encoding: "utf8" });
  return `${lint.stdout}${lint.stderr}`.includes("noRestrictedImports");
};

test.each(REFUSED)("%s may not import %s", (file, specifier) => {
  expect(complaints(file, specifier)).toBe(true);
});

test.each(ALLOWED)("%s may import %s", (file, specifier) => {
  expect(complaints(file, specifier)).toBe(false);
});
