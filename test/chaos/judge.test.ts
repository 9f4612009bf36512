import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { finalStateOf } from "./final-state.ts";
import { type Answer, type JournalLine, openJournal, readJournal } from "./journal.ts";
import { judge } from "./judge.ts";

type Document = Readonly<Record<string, unknown>>;

let folder: string;
let documents: Document[];
let submitter: JournalLine[];
let subscriber: JournalLine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "judge-"));
  documents = [
    { id: "counter", projectId: 7, type: "counter", lastId: 2 },
    ...pair(1, "a"),
    ...pair(2, "b"),
    {
      id: "bad",
      projectId: 7,
      type: "request",
      title: " ",
      status: "rejected",
      reason: "title-empty",
    },
  ];
  submitter = [
    ...exchange("a", "created"),
    ...exchange("b", "kept"),
    ...exchange("bad", "taken", " "),
  ];
  subscriber = [handled(1, "a"), handled(2, "b"), handled(2, "b")];
});
afterEach(() => rmSync(folder, { recursive: true }));

const pair = (todoId: number, id: string): readonly Document[] => [
  { id, projectId: 7, type: "request", title: `title ${id}`, status: "done", todoId },
  todo(todoId, id),
];
const todo = (todoId: number, requestId: string) => {
  const type = "todo" as const;
  return {
    id: `todo:${requestId}`,
    projectId: 7,
    type,
    todoId,
    title: `title ${requestId}`,
    requestId,
  };
};
const exchange = (id: string, answer: Answer, title = `title ${id}`): JournalLine[] => [
  { kind: "asked", ask: `${id}.${answer}`, id, projectId: 7, title },
  { kind: "answered", ask: `${id}.${answer}`, answer },
];
const handled = (todoId: number, requestId: string): JournalLine => {
  return { kind: "handled", projectId: 7, todoId, text: JSON.stringify(todo(todoId, requestId)) };
};
const without = (id: string): Document[] => documents.filter((document) => document.id !== id);

/** Writes the journals, reads them again, and judges; answers the kinds of findings. */
const findings = (damage = ""): readonly string[] => {
  const read = (name: string, lines: readonly JournalLine[]) => {
    const file = join(folder, name);
    const journal = openJournal(file);
    for (const line of lines) journal.note(line);
    journal.close();
    if (damage !== "") writeFileSync(file, damage, { flag: "a" });
    return readJournal(file);
  };
  return judge({
    state: finalStateOf(documents),
    submitters: new Map([["submitter", read("submitter", submitter)]]),
    subscriptions: [{ name: "subscriber", journal: read("subscriber", subscriber) }],
  }).map(({ kind }) => kind);
};

test("promises that were kept give no finding", () => {
  expect(findings()).toEqual([]);
});

test("an attempt whose answer never came may have had an effect or none", () => {
  submitter = submitter.filter((line) => line.kind !== "answered");
  submitter.push({ kind: "asked", ask: "c.1", id: "c", projectId: 7, title: "never arrived" });
  expect(findings()).toEqual([]);
});

describe("of a request, the judge finds", () => {
  test.each(["created", "kept", "taken"] as const)(
    "one answered with %s that is not there",
    (answer) => {
      submitter.push(...exchange("c", answer));
      expect(findings()).toEqual(["lost"]);
    },
  );

  test("one that has no end", () => {
    documents = [...without("b"), { id: "b", projectId: 7, type: "request", title: "title b" }];
    expect(findings()).toEqual(["never-ended"]);
  });

  test("one that is done, without its todo", () => {
    documents = without("todo:b");
    subscriber = [handled(1, "a")];
    expect(findings()).toEqual(["wrong-end"]);
  });

  test("a good one that was rejected, and a bad one that is done", () => {
    const [request] = pair(2, "b");
    documents = [
      ...without("b").filter(({ id }) => id !== "bad"),
      { ...request, status: "rejected", reason: "title-empty" },
      { id: "bad", projectId: 7, type: "request", title: " ", status: "done", todoId: 2 },
    ];
    expect(findings()).toEqual(["wrong-end", "wrong-end"]);
  });

  test("one with another title than was acknowledged", () => {
    submitter.push(...exchange("b", "kept", "another title"));
    expect(findings()).toEqual(["other-title"]);
  });

  test("one that two creates were told to have made", () => {
    submitter.push(...exchange("a", "created"));
    expect(findings()).toEqual(["created-twice"]);
  });

  test("one that is there although submit() said that it is not", () => {
    submitter = [...exchange("a", "denied"), ...submitter.slice(2)];
    expect(findings()).toEqual(["denied-but-there"]);
  });

  test("a good one that was refused", () => {
    submitter.push(...exchange("c", "refused"));
    expect(findings()).toEqual(["refused-though-good"]);
  });

  test("one that nobody asked for", () => {
    submitter = submitter.slice(2);
    expect(findings()).toEqual(["nobody-asked"]);
  });

  test("one with a lower number than one that was acknowledged before it was asked for", () => {
    submitter = [...exchange("b", "kept"), ...exchange("a", "created"), ...submitter.slice(4)];
    expect(findings()).toEqual(["overtaken"]);
  });

  test("no such thing where both were asked for before an answer came", () => {
    const [[a1, a2], [b1, b2]] = [exchange("a", "created"), exchange("b", "kept")];
    submitter = [b1!, a1!, a2!, b2!, ...submitter.slice(4)];
    expect(findings()).toEqual([]);
  });
});

describe("of a subscription, the judge finds", () => {
  test("a todo that it never saw", () => {
    subscriber = [handled(1, "a")];
    expect(findings()).toEqual(["todo-unseen"]);
  });

  test("a todo that it saw before the one below", () => {
    subscriber = [handled(2, "b"), handled(1, "a")];
    expect(findings()).toEqual(["todo-skipped"]);
  });

  test("a todo that came again with other bytes, or differs from the one in the container", () => {
    const { text, ...rest } = handled(2, "b") as JournalLine & { readonly kind: "handled" };
    subscriber.push({ ...rest, text: text.replace(":2", ": 2") });
    subscriber.push({ ...rest, text: text.replace("title b", "title c") });
    expect(findings()).toEqual(["todo-changed", "todo-changed"]);
  });

  test("an end with an error", () => {
    subscriber.push({ kind: "failed", message: "TodoOrderError" });
    expect(findings()).toEqual(["subscription-failed"]);
  });
});

test("a line that cannot be read is a finding of its journal", () => {
  expect(findings('{"kind":"answ\n')).toEqual(["journal-damaged", "journal-damaged"]);
});
