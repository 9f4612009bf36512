import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const pages = [
  ...readdirSync(ROOT).filter((file) => file.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs")).map((file) => `docs/${file}`),
].filter((file) => file.endsWith(".md"));
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const { scripts } = JSON.parse(read("package.json"));

/** Runs of characters between backticks are commands and code, not links. */
const withoutCode = (markdown: string): string =>
  markdown.replace(/^ *```[\s\S]*?^ *```$/gm, "").replace(/`[^`\n]*`/g, "code");

/** What GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

const hasAnchor = (file: string, anchor: string): boolean => {
  const [, line] = /^L(\d+)$/.exec(anchor) ?? [];
  if (line !== undefined) return read(file).split("\n").length >= Number(line);
  return file.endsWith(".md") && anchorsOf(file).includes(anchor);
};

describe.each(pages)("%s", (page) => {
  test("names only npm scripts that there are", () => {
    const named = [...read(page).matchAll(/npm run (?:-\S+ )*([a-z][\w:-]*)/g)];
    expect(named.map(([, name = ""]) => name).filter((name) => !scripts[name])).toEqual([]);
  });

  test("has links that lead somewhere, to the heading that they name", () => {
    const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^[a-z]+:/.test(target));
    const broken = links.filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !hasAnchor(file, anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe("the pitfalls in docs/OPERATIONS.md", () => {
  const [, table = ""] = read("docs/OPERATIONS.md").split("\n## Pitfalls\n");
  const rows = table
    .split("\n")
    .filter((line) => /^\| [A-Z]/.test(line))
    .map((line) => line.slice(1, -1).split(" | "))
    .map(([pitfall = "", prevented = "", tests = ""]) => ({ pitfall, prevented, tests }));

  test("are many", () => {
    expect(rows.length).toBeGreaterThan(50);
  });

  test.each(rows)("$pitfall", ({ prevented, tests }) => {
    const named = [...tests.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = ""]) => path);
    if (named.length === 0) {
      // What no machine can prevent is a step of this page.
      expect(prevented).toMatch(/^\*step\*: \[[^\]]+\]\(#/);
      return;
    }
    for (const path of named) {
      expect(path).toMatch(/^test\/.*\.(test\.ts|bicepparam)$/);
      expect(existsSync(join(ROOT, path)), basename(path)).toBe(true);
    }
  });
});
