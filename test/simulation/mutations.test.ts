import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MUTATIONS, mutate } from "./mutations.ts";

it.each(MUTATIONS)("the place of the bug is there: $name", (mutation) => {
  const source = readFileSync(join(import.meta.dirname, "../..", mutation.file), "utf8");
  expect(mutate(mutation, source)).not.toBe(source);
});

it("a bug whose place has gone is told by name", () => {
  const mutation = { name: "no order", file: "a.ts", find: "sort()", replace: "" };
  expect(() => mutate(mutation, "[]")).toThrow('"no order": its text stands 0 times in a.ts');
});
