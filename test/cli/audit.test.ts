import { type Container, CosmosClient, type OperationInput } from "@azure/cosmos";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AuditReport, audit } from "../../cli/audit/audit.ts";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";

let server: CosmosServer;
let client: CosmosClient;
let items: Container;
let containers = 0;

beforeAll(async () => {
  server = await startCosmosServer({ port: 0 });
  client = new CosmosClient(server.connectionString);
  await client.databases.create({ id: "audited" });
});
afterAll(async () => {
  client.dispose();
  await server.close();
});
beforeEach(async () => {
  containers += 1;
  const id = `items-${containers}`;
  const partitionKey = { paths: ["/projectId"] };
  await client
    .database("audited")
    .containers.create({ id, partitionKey }, { offerThroughput: 12_000 });
  items = client.database("audited").container(id);
});

type Body = { id: string } & Record<string, string | number | null>;

const todo = (projectId: number, todoId: number, more = {}): Body => ({
  id: `todo:r${todoId}`,
  projectId,
  type: "todo",
  todoId,
  title: `title ${todoId}`,
  requestId: `r${todoId}`,
  ...more,
});
const done = (projectId: number, todoId: number, more = {}): Body => ({
  id: `r${todoId}`,
  projectId,
  type: "request",
  title: `title ${todoId}`,
  status: "done",
  todoId,
  ...more,
});
const counter = (projectId: number, lastId: number, more = {}): Body => ({
  id: "counter",
  projectId,
  type: "counter",
  lastId,
  ...more,
});

/** Writes documents of one project in one transaction, as the drain does. */
const together = async (...bodies: Body[]): Promise<void> => {
  const operations = bodies.map(
    (resourceBody): OperationInput => ({ operationType: "Upsert", resourceBody }),
  );
  const { code } = await items.items.batch(operations, bodies[0]?.projectId as number);
  expect(code).toBe(200);
};

/** A sound project with todos 1..3, made by two drains. */
const soundProject = async (projectId: number): Promise<void> => {
  await together(todo(projectId, 1), done(projectId, 1), counter(projectId, 1));
  await together(
    done(projectId, 3),
    todo(projectId, 3),
    counter(projectId, 3),
    todo(projectId, 2),
    done(projectId, 2),
  );
};

const remove = (projectId: number, id: string) => items.item(id, projectId).delete();
const found = (report: AuditReport) =>
  report.violations.map(({ kind, project, ids }) => [kind, project, [...ids].sort()]);

describe("a sound container", () => {
  test("has no violation, whatever else lies in it", async () => {
    for (const projectId of [1, 2, 3, 4, 5]) await soundProject(projectId);
    const strays: Body[] = [
      { id: "a", projectId: 1, type: "note" },
      { id: "b", projectId: 1, type: "todo", title: "no number" },
      { id: "c", projectId: 1, type: "counter", lastId: 99 },
      { id: "d", projectId: "7", type: "counter" },
      { id: "e", projectId: null },
    ];
    for (const stray of strays) await items.items.create(stray);
    await items.items.create({ id: "f", type: "nothing at all" });
    const rejected = { type: "request", status: "rejected" };
    await items.items.create({ id: "x", projectId: 1, ...rejected, reason: "title-missing" });
    await items.items.create({
      id: "y",
      projectId: "7",
      ...rejected,
      reason: "project-id-invalid",
    });
    await items.items.create({ id: "z", ...rejected, reason: "project-id-invalid" });
    const report = await audit(items);
    expect(found(report)).toEqual([]);
    expect(report).toMatchObject({
      projects: 8,
      requests: 18,
      todos: 15,
      done: 15,
      pending: 0,
      rejected: { "title-missing": 1, "project-id-invalid": 2 },
      strays: 6,
      unproven: 0,
      violationCount: 0,
    });
  });

  test("may hold pending requests, unless everything must have ended", async () => {
    await soundProject(1);
    await items.items.create({ id: "p", projectId: 1, type: "request", title: "later" });
    expect(await audit(items)).toMatchObject({ violationCount: 0, pending: 1 });
    expect(found(await audit(items, { complete: true }))).toEqual([
      ["request-pending", "1", ["p"]],
    ]);
  });

  test("may hold a done request that was replaced: pending, done again, or rejected as reused", async () => {
    await soundProject(1);
    const { status: _s, todoId: _t, ...replaced } = done(1, 1);
    await items.items.upsert(replaced);
    expect(await audit(items)).toMatchObject({ violationCount: 0, pending: 1 });
    await items.items.upsert(done(1, 1));
    expect(await audit(items)).toMatchObject({ violationCount: 0, unproven: 1 });
    const reused = { status: "rejected", reason: "id-reused", title: "another" };
    await items.items.upsert({ ...replaced, ...reused });
    expect(await audit(items)).toMatchObject({ violationCount: 0, rejected: { "id-reused": 1 } });
  });

  test("may keep its counter under another id, if a stray held it", async () => {
    await items.items.create({ id: "counter", projectId: 1, type: "request", title: "ha" });
    await together(todo(1, 1), done(1, 1), counter(1, 1, { id: "counter@abc" }));
    expect(await audit(items)).toMatchObject({ violationCount: 0, pending: 1 });
  });

  test("may be empty", async () => {
    expect(await audit(items, { complete: true })).toMatchObject({
      projects: 0,
      violationCount: 0,
    });
  });
});

describe("the auditor finds", () => {
  const corruptions: [string, () => Promise<unknown>, unknown[]][] = [
    [
      "a todo that was deleted",
      () => remove(1, "todo:r2"),
      [
        ["request-without-todo", "1", ["r2"]],
        ["number-missing", "1", []],
      ],
    ],
    [
      "the newest todo deleted",
      () => remove(1, "todo:r3"),
      [
        ["request-without-todo", "1", ["r3"]],
        ["counter-wrong", "1", ["counter"]],
      ],
    ],
    [
      "a todo and its request deleted",
      async () => [await remove(1, "todo:r2"), await remove(1, "r2")],
      [["number-missing", "1", []]],
    ],
    [
      "a request deleted under its todo",
      () => remove(1, "r2"),
      [["todo-without-request", "1", ["r2", "todo:r2"]]],
    ],
    [
      "a number given twice",
      () => together(todo(1, 3, { id: "todo:r4", requestId: "r4" }), done(1, 3, { id: "r4" })),
      [["number-twice", "1", ["todo:r3", "todo:r4"]]],
    ],
    [
      "a request with two todos",
      () => together(todo(1, 4, { id: "again", requestId: "r3" }), counter(1, 4)),
      [["todo-twice", "1", ["again", "r3"]]],
    ],
    [
      "a hole",
      () => together(todo(1, 6), done(1, 6), counter(1, 6)),
      [["number-missing", "1", []]],
    ],
    [
      "a counter behind",
      () => together(todo(1, 4), done(1, 4)),
      [["counter-wrong", "1", ["counter"]]],
    ],
    ["a counter ahead", () => together(counter(1, 9)), [["counter-wrong", "1", ["counter"]]]],
    ["a counter deleted", () => remove(1, "counter"), [["counter-missing", "1", []]]],
    [
      "a todo with another title",
      () => together(todo(1, 4, { title: "forged" }), done(1, 4), counter(1, 4)),
      [["title-differs", "1", ["r4", "todo:r4"]]],
    ],
    [
      "a request whose title was changed later",
      () => together(done(1, 2, { title: "forged" })),
      [["title-differs", "1", ["r2", "todo:r2"]]],
    ],
    [
      "a todo that was changed later",
      () => together(todo(1, 2)),
      [
        ["not-together", "1", ["r2", "todo:r2"]],
        ["todo-changed", "1", ["todo:r2"]],
      ],
    ],
    [
      "a request marked done with a number of another",
      () => together(done(1, 2, { id: "r9" })),
      [["request-without-todo", "1", ["r9"]]],
    ],
    [
      "a rejected request that has a todo",
      () => together(done(1, 2, { status: "rejected", reason: "title-empty" })),
      [["todo-of-rejected", "1", ["r2", "todo:r2"]]],
    ],
    [
      "a request with an unknown status",
      () => together(done(1, 7, { id: "odd", status: "banana" })),
      [["request-malformed", "1", ["odd"]]],
    ],
    [
      "a request rejected for an unknown reason",
      () => together(done(1, 7, { id: "odd", status: "rejected", reason: "mood" })),
      [["request-malformed", "1", ["odd"]]],
    ],
    [
      "a request that was marked before its todo was made",
      async () => [await together(done(1, 4)), await together(todo(1, 4), counter(1, 4))],
      [["not-together", "1", ["r4", "todo:r4"]]],
    ],
    [
      "a counter written before its todo",
      async () => [await together(counter(1, 4)), await together(todo(1, 4), done(1, 4))],
      [["not-together", "1", ["counter"]]],
    ],
  ];

  test.each(corruptions)("%s", async (_what, corrupt, expected) => {
    await soundProject(1);
    await soundProject(2);
    await corrupt();
    const report = await audit(items, { complete: true });
    expect(found(report)).toEqual(expected);
    expect(report.violationCount).toBe(expected.length);
  });
});

test("an audit during writes sees each project as at one moment", async () => {
  let isWriting = true;
  const writing = (async () => {
    for (let n = 1; isWriting; n += 1) {
      await items.items.create({ id: `r${n}`, projectId: 1, type: "request", title: `title ${n}` });
      await together(todo(1, n), done(1, n), counter(1, n));
    }
  })();
  for (let round = 0; round < 10; round += 1) {
    expect(found(await audit(items))).toEqual([]);
  }
  isWriting = false;
  await writing;
});

test("what only looked wrong because of others' writes is no violation", async () => {
  await soundProject(1);
  await together(todo(1, 4), done(1, 4));
  let pages = 0;
  let written: Promise<void> | undefined;
  const auditing = audit(items, {
    onProgress: () => {
      pages += 1;
      // The first look has read this project without its new counter; the second sees it.
      written ??= together(counter(1, 4));
    },
  });
  expect(await auditing).toMatchObject({ violationCount: 0, todos: 4, unproven: 1 });
  await written;
  expect(pages).toBeGreaterThan(1);
});
