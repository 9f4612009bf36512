import type { Container } from "@azure/cosmos";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import type { AuditRules } from "../../cli/audit/findings.ts";
import { type ViolationKind, violationKinds } from "../../cli/audit/violation.ts";
import {
  type AuditedAccount,
  counter,
  done,
  found,
  pending,
  soundProject,
  startAuditedAccount,
  submit,
  todo,
  together,
} from "./audited-container.ts";

let account: AuditedAccount;
beforeAll(async () => {
  account = await startAuditedAccount();
});
afterAll(() => account.close());

type Corruption = {
  readonly what: string;
  /** Done to project 1, which is sound and has todos 1..3. */
  readonly corrupt: (items: Container) => Promise<unknown>;
  /** Kind and ids of all that must be found; by default the kind that it stands under. */
  readonly found: readonly (readonly string[])[];
  readonly rules?: Partial<AuditRules>;
};

const remove = (items: Container, id: string) => items.item(id, 1).delete();

/** Every kind of violation and how it comes about: a kind without a corruption does not compile. */
const corruptions: Readonly<Record<ViolationKind, readonly Corruption[]>> = {
  "number-missing": [
    {
      what: "a todo and its request deleted",
      corrupt: async (items) => [await remove(items, "todo:r2"), await remove(items, "r2")],
      found: [["number-missing", "todo:r3"]],
    },
    {
      what: "a hole of two numbers",
      corrupt: (items) => together(items, done(1, 6), todo(1, 6), counter(1, 6)),
      found: [["number-missing", "todo:r6"]],
    },
  ],
  "number-twice": [
    {
      what: "a number given to two requests",
      corrupt: (items) =>
        together(
          items,
          done(1, 3, { id: "r4" }),
          todo(1, 3, { id: "todo:r4", requestId: "r4" }),
          counter(1, 3),
        ),
      found: [["number-twice", "todo:r4", "todo:r3"]],
    },
  ],
  "counter-missing": [
    {
      what: "a counter deleted",
      corrupt: (items) => remove(items, "counter"),
      found: [["counter-missing", "todo:r3"]],
    },
  ],
  "counter-wrong": [
    {
      what: "a counter behind",
      corrupt: (items) => together(items, done(1, 4), todo(1, 4)),
      found: [["counter-wrong", "counter"]],
    },
    {
      what: "a counter ahead",
      corrupt: (items) => together(items, counter(1, 9)),
      found: [["counter-wrong", "counter"]],
    },
    {
      what: "a counter of a project without todos",
      corrupt: (items) => items.items.upsert(counter(9, 1)),
      found: [["counter-wrong", "counter"]],
    },
  ],
  "todo-without-request": [
    {
      what: "a request deleted under its todo",
      corrupt: (items) => remove(items, "r2"),
      found: [["todo-without-request", "todo:r2", "r2"]],
    },
    {
      what: "another document in the place of the request",
      corrupt: (items) => together(items, { id: "r2", projectId: 1, type: "note" }),
      found: [["todo-without-request", "todo:r2", "r2"]],
    },
  ],
  "todo-twice": [
    {
      what: "a request with two todos",
      corrupt: (items) =>
        together(items, todo(1, 4, { id: "again", requestId: "r3" }), counter(1, 4)),
      found: [["todo-twice", "again", "r3"]],
    },
  ],
  "todo-of-rejected": [
    {
      what: "a request rejected after it had its todo",
      corrupt: (items) =>
        together(items, done(1, 2, { status: "rejected", reason: "title-empty" })),
      found: [["todo-of-rejected", "todo:r2", "r2"]],
    },
  ],
  "todo-changed": [
    {
      what: "a todo written again",
      corrupt: (items) => together(items, todo(1, 2)),
      found: [
        ["not-together", "todo:r2", "r2"],
        ["todo-changed", "todo:r2"],
      ],
    },
  ],
  "title-differs": [
    {
      what: "a todo that was made with another title",
      corrupt: (items) =>
        together(items, done(1, 4), todo(1, 4, { title: "forged" }), counter(1, 4)),
      found: [["title-differs", "todo:r4", "r4"]],
    },
    {
      what: "a request whose title was changed later",
      corrupt: (items) => together(items, done(1, 2, { title: "forged" })),
      found: [["title-differs", "todo:r2", "r2"]],
    },
    {
      what: "a title that is no text any more",
      corrupt: (items) => together(items, done(1, 2, { title: null })),
      found: [["title-differs", "todo:r2", "r2"]],
    },
  ],
  "number-late": [
    {
      what: "a number left out and given later",
      corrupt: async (items) => {
        await submit(items, pending(1, 4), pending(1, 5));
        await together(items, done(1, 5), todo(1, 5), counter(1, 5));
        await together(items, done(1, 4), todo(1, 4), counter(1, 5));
      },
      found: [["number-late", "todo:r4", "todo:r5"]],
    },
  ],
  "request-overtaken": [
    {
      what: "a request forgotten for minutes while later ones got numbers",
      corrupt: async (items) => {
        await submit(items, pending(1, 9));
        account.advanceSeconds(70);
        await submit(items, pending(1, 4));
        await together(items, done(1, 4), todo(1, 4), counter(1, 4));
        await submit(items, pending(1, 5));
        await together(items, done(1, 5), todo(1, 5), counter(1, 5));
      },
      found: [["request-overtaken", "r9", "r5"]],
      rules: { complete: false },
    },
    {
      what: "a request overtaken at once, where requests are only created",
      corrupt: async (items) => {
        await submit(items, pending(1, 9), pending(1, 4));
        await together(items, done(1, 4), todo(1, 4), counter(1, 4));
      },
      found: [["request-overtaken", "r9", "r4"]],
      rules: { complete: false, createdOnce: true },
    },
  ],
  "out-of-order": [
    {
      what: "two requests of one drain in the wrong order",
      corrupt: async (items) => {
        await submit(items, pending(1, 5), pending(1, 4));
        await together(items, done(1, 4), todo(1, 4), done(1, 5), todo(1, 5), counter(1, 5));
      },
      found: [["out-of-order", "r5", "r4"]],
      rules: { createdOnce: true },
    },
    {
      what: "the youngest of three before both others",
      corrupt: async (items) => {
        await submit(items, pending(1, 5), pending(1, 6), pending(1, 4));
        await together(items, done(1, 4), todo(1, 4), counter(1, 4));
        const later = [done(1, 5), todo(1, 5), done(1, 6), todo(1, 6)];
        await together(items, ...later, counter(1, 6));
      },
      found: [
        ["out-of-order", "r5", "r4"],
        ["out-of-order", "r6", "r4"],
      ],
      rules: { createdOnce: true },
    },
    {
      what: "two drains in the wrong order",
      corrupt: async (items) => {
        await submit(items, pending(1, 5), pending(1, 4));
        await together(items, done(1, 4), todo(1, 4), counter(1, 4));
        await together(items, done(1, 5), todo(1, 5), counter(1, 5));
      },
      found: [["out-of-order", "r5", "r4"]],
      rules: { createdOnce: true },
    },
  ],
  "request-without-todo": [
    {
      what: "a todo deleted",
      corrupt: (items) => remove(items, "todo:r2"),
      found: [
        ["number-missing", "todo:r3"],
        ["request-without-todo", "r2"],
      ],
    },
    {
      what: "the newest todo deleted",
      corrupt: (items) => remove(items, "todo:r3"),
      found: [
        ["counter-wrong", "counter"],
        ["request-without-todo", "r3"],
      ],
    },
    {
      what: "a request marked with the number of another",
      corrupt: (items) => together(items, done(1, 2, { id: "r9" })),
      found: [["request-without-todo", "r9"]],
    },
  ],
  "request-malformed": [
    {
      what: "a request with an unknown status",
      corrupt: (items) => together(items, done(1, 7, { id: "odd", status: "banana" })),
      found: [["request-malformed", "odd"]],
    },
    {
      what: "a request rejected for an unknown reason",
      corrupt: (items) =>
        together(items, done(1, 7, { id: "odd", status: "rejected", reason: "mood" })),
      found: [["request-malformed", "odd"]],
    },
    {
      what: "a request that is done without a number",
      corrupt: (items) => together(items, pending(1, 7, { id: "odd", status: "done" })),
      found: [["request-malformed", "odd"]],
    },
  ],
  "request-pending": [
    {
      what: "a request that never ended",
      corrupt: (items) => submit(items, pending(1, 4)),
      found: [["request-pending", "r4"]],
    },
  ],
  "not-together": [
    {
      what: "a request marked before its todo was made",
      corrupt: async (items) => [
        await together(items, done(1, 4)),
        await together(items, todo(1, 4), counter(1, 4)),
      ],
      found: [["not-together", "todo:r4", "r4"]],
    },
    {
      what: "a counter written before its todo",
      corrupt: async (items) => [
        await together(items, counter(1, 4)),
        await together(items, done(1, 4), todo(1, 4)),
      ],
      found: [["not-together", "counter", "todo:r4"]],
    },
  ],
};

describe.each(Object.entries(corruptions))("%s is reported for", (kind, cases) => {
  test.each(cases.map((each) => [each.what, each] as const))("%s", async (_what, each) => {
    const { items, readOnly } = await account.newContainer();
    await soundProject(items, 1);
    await soundProject(items, 2);
    await each.corrupt(items);
    const report = await audit(readOnly, { complete: true, ...each.rules });
    const seen = found(report).map(([name, , ...ids]) => [name, ...ids]);
    expect(seen.sort()).toEqual(each.found);
    expect(report.violationCount).toBe(each.found.length);
    expect(seen.map(([name]) => name)).toContain(kind);
    expect(account.proxy.refused).toEqual([]);
  });
});

test("each kind of violation has a corruption that shows it", () => {
  expect(Object.keys(corruptions).sort()).toEqual(Object.keys(violationKinds).sort());
  for (const [kind, cases] of Object.entries(corruptions)) {
    expect(cases.flatMap((each) => each.found.map(([name]) => name))).toContain(kind);
  }
});

test("the auditor does what a role can that only reads, and nothing else", () => {
  expect([...account.proxy.operations].sort()).toEqual([
    "list physical partitions",
    "plan query",
    "query items",
    "read account",
    "read change feed",
    "read container",
    "read item",
  ]);
  expect(account.proxy.refused).toEqual([]);
});

test("the door of these tests refuses to write", async () => {
  const { readOnly } = await account.newContainer();
  await expect(readOnly.items.create(pending(1, 1))).rejects.toMatchObject({ code: 403 });
  await expect(readOnly.items.upsert(pending(1, 1))).rejects.toMatchObject({ code: 403 });
  await expect(readOnly.item("r1", 1).delete()).rejects.toMatchObject({ code: 403 });
  expect(account.proxy.refused.splice(0)).toHaveLength(3);
});
