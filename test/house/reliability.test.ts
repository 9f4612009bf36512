import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const PAGE = join(import.meta.dirname, "../../docs/RELIABILITY.md");
const text = readFileSync(PAGE, "utf8");

/** Links to a line, whose text is code that stands there. */
const lineLinks = [...text.matchAll(/\[`([^`]+)`\]\(([^)#]+)#L(\d+)\)/g)].map(
  ([, code = "", path = "", line = ""]) => ({ code, path, line: Number(line) }),
);

test("each invariant is linked to the line that enforces it", () => {
  for (let number = 1; number <= 9; number += 1) {
    const row = text.split("\n").find((line) => line.startsWith(`| **I${number}**`)) ?? "";
    expect(row, `I${number}`).toMatch(/#L\d+\)/);
  }
});

test.each(lineLinks)("$path:$line says $code", ({ code, path, line }) => {
  const lines = readFileSync(join(dirname(PAGE), path), "utf8").split("\n");
  const now = lines.findIndex((each) => each.includes(code)) + 1;
  expect(lines[line - 1] ?? "", `it stands in line ${now} now`).toContain(code);
});

test("every link of the page leads somewhere", () => {
  const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
  const missing = targets.filter((path) => !existsSync(join(dirname(PAGE), path)));
  expect(missing).toEqual([]);
});
