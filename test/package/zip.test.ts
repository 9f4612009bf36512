import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ZipEntry, zip } from "../../infra/deploy/zip.ts";
import { readZip } from "./read-zip.ts";

const entriesOf = (contents: Readonly<Record<string, string>>): ZipEntry[] =>
  Object.entries(contents).map(([name, text]) => ({ name, content: Buffer.from(text) }));

describe("a zip", () => {
  test("gives back every file, whatever is in it", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const content = fc.uint8Array({ maxLength: 5_000 }).map((bytes) => Buffer.from(bytes));
    const files = fc.uniqueArray(fc.record({ name, content }), { selector: (file) => file.name });
    fc.assert(
      fc.property(files, (given) => {
        const found = readZip(zip(given)).map(({ name, content }) => [name, content] as const);
        expect(new Map(found)).toEqual(new Map(given.map((file) => [file.name, file.content])));
      }),
      { numRuns: 50 },
    );
  });

  test("of the same files has the same bytes, in whichever order they come", () => {
    const entries = entriesOf({ "main.cjs": "x".repeat(9_000), "host.json": "{}", a: "" });
    expect(zip(entries.toReversed()).equals(zip(entries))).toBe(true);
  });

  test("holds files that everybody may read, and no date of today", () => {
    const [file] = readZip(zip(entriesOf({ "host.json": "{}" })));
    expect(file).toMatchObject({ mode: 0o100644, modified: 0x00210000 });
  });

  test("refuses more files than its format takes", () => {
    const many = Array.from({ length: 1_001 }, (_, n) => ({ name: `${n}`, content: Buffer.of() }));
    expect(() => zip(many)).toThrow("1001 files with 0 bytes are too much for this zip.");
  });

  // Info-ZIP is a second opinion where it is installed; the tests above need no other program.
  test.skipIf(spawnSync("unzip", ["-v"]).status !== 0)("is one to Info-ZIP, too", () => {
    const folder = mkdtempSync(join(tmpdir(), "zip-"));
    try {
      const file = join(folder, "a.zip");
      writeFileSync(file, zip(entriesOf({ "host.json": "{}", "Käse.txt": "x".repeat(70_000) })));
      const { status, stdout } = spawnSync("unzip", ["-t", file], { encoding: "utf8" });
      expect(stdout).toMatch(/No errors detected/);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
