import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "@azure/cosmos";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AuditReport, audit } from "../../cli/audit/audit.ts";
import { type AuditSubject, openWorkFile } from "../../cli/audit/work-file.ts";
import {
  type AuditedAccount,
  counter,
  done,
  pending,
  startAuditedAccount,
  submit,
  todo,
  together,
} from "./audited-container.ts";

let account: AuditedAccount;
let items: Container;
let folder: string;
let file: string;
beforeAll(async () => {
  account = await startAuditedAccount();
  const container = await account.newContainer();
  items = container.items;
  await fill();
});
afterAll(() => account.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "work-file-"));
  file = join(folder, "verify.work");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const PROJECTS = 24;
const TODOS = 45;
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Several pages a partition, with projects in which halves of a whole come on different pages. */
const fill = async (): Promise<void> => {
  await together(items, ...numbers(1, 20).map((n) => done(1, n)));
  await submit(items, pending(2, 99), pending(3, 2), pending(3, 1));
  await together(items, done(4, 5), todo(4, 5), counter(4, 5));
  await together(items, done(5, 1), todo(5, 1), counter(5, 1));
  for (let projectId = 10; projectId < 10 + PROJECTS; projectId += 1) {
    const all = numbers(1, TODOS).flatMap((n) => [done(projectId, n), todo(projectId, n)]);
    await together(items, ...all, counter(projectId, TODOS));
  }
  account.advanceSeconds(70);
  await together(items, ...numbers(1, 20).map((n) => todo(1, n)), counter(1, 20));
  await submit(items, pending(2, 1));
  await together(items, done(2, 1), todo(2, 1), counter(2, 1));
  await submit(items, pending(2, 2));
  await together(items, done(2, 2), todo(2, 2), counter(2, 2));
  await together(items, done(3, 1), todo(3, 1), counter(3, 1));
  await together(items, done(3, 2), todo(3, 2), counter(3, 2));
  await together(items, done(4, 4), todo(4, 4));
  await together(items, done(5, 1, { more: "of it" }));
};

const rules = { complete: false, createdOnce: false, requestsMayExpire: false };
const subject: AuditSubject = {
  endpoint: "https://one.documents.azure.com/",
  database: "todos",
  container: "items",
  containerRid: "rid",
  rules,
};

class Interrupted extends Error {}

/** Audits and stops as soon as a page has been saved. */
const auditOnePage = async (onPage: () => void): Promise<AuditReport | "interrupted"> => {
  const { work, save } = await openWorkFile(file, subject);
  try {
    return await audit(items, {
      ...rules,
      savedWork: {
        work,
        save: async (current) => {
          await save(current);
          onPage();
          throw new Interrupted();
        },
      },
    });
  } catch (error) {
    if (error instanceof Interrupted) return "interrupted";
    throw error;
  }
};

test("an audit that is interrupted after each page comes to the same verdict", async () => {
  const undisturbed = await audit(items, rules);
  const kinds = new Set(undisturbed.violations.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([
    "not-together",
    "number-late",
    "number-missing",
    "request-overtaken",
  ]);
  expect(undisturbed).toMatchObject({ unproven: 1, unprovenOrder: 1, pending: 1 });
  let pages = 0;
  let report: AuditReport | "interrupted" = "interrupted";
  while (report === "interrupted") {
    report = await auditOnePage(() => {
      pages += 1;
    });
  }
  expect(report).toEqual(undisturbed);
  expect(pages).toBeGreaterThan(8);
});

test("an audit that keeps few open documents in memory reads the others, and comes to the same verdict", async () => {
  const inMemory = await audit(items, rules);
  const { violations, ...figures } = await audit(items, { ...rules, maxOpen: 3 });
  const byId = (report: typeof violations) =>
    [...report].sort((a, b) => (a.ids.join() < b.ids.join() ? -1 : 1));
  expect({ ...figures, violations: byId(violations) }).toEqual({
    ...inMemory,
    violations: byId(inMemory.violations),
  });
});

describe("a file that is of no use is refused and left as it is", () => {
  let saved: string;
  beforeEach(async () => {
    expect(await auditOnePage(() => undefined)).toBe("interrupted");
    saved = await readFile(file, "utf8");
  });
  const refuses = async (as: AuditSubject, message: RegExp): Promise<void> => {
    const before = await readFile(file, "utf8");
    await expect(openWorkFile(file, as)).rejects.toMatchObject({
      name: "UserError",
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    expect(await readFile(file, "utf8")).toBe(before);
  };

  test.each([
    ["cut at the end", (text: string) => text.slice(0, -100)],
    ["cut in its first line", (text: string) => text.slice(0, 20)],
    ["changed", (text: string) => text.replace('"done":', '"done":1')],
    ["another file", () => '{"name":"package"}'],
    ["empty", () => ""],
  ])("%s", async (_what, damage) => {
    await writeFile(file, damage(saved));
    await refuses(subject, /is damaged, or no work of "verify"; delete it to begin anew/);
  });

  test.each([
    [
      "of another account",
      { endpoint: "https://two.documents.azure.com/" },
      /is about todos\/items at https:\/\/one.*, not about todos\/items at https:\/\/two.*; give/,
    ],
    ["of another container", { container: "others" }, /not about todos\/others at/],
    ["of another database", { database: "other" }, /not about other\/items at/],
    ["of a container that was made anew", { containerRid: "x" }, /was deleted since; delete/],
    ["of other options", { rules: { ...rules, complete: true } }, /with other options; give the/],
  ])("%s", async (_what, difference, message) => {
    await refuses({ ...subject, ...difference }, message);
  });
});

test("a folder, and a place that cannot be written, are refused", async () => {
  await expect(openWorkFile(folder, subject)).rejects.toThrow(/cannot be read \(EISDIR\); give/);
  const { save } = await openWorkFile(join(folder, "none", "work"), subject);
  await expect(audit(items, { ...rules, savedWork: { work: undefined, save } })).rejects.toThrow(
    /cannot be written \(ENOENT\); give --resume another file/,
  );
});
