import type { OperationInput } from "@azure/cosmos";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { todoDocumentIds } from "../../domain/todo.ts";
import {
  type DrainedAccount,
  faultsOf,
  type Item,
  itemsOf,
  startDrainedAccount,
} from "./drained-account.ts";

let account: DrainedAccount;
let nowMs = Date.now();
beforeAll(async () => {
  account = await startDrainedAccount(() => nowMs);
});
afterAll(() => account.close());

let projectId = 0;
beforeEach(() => {
  projectId += 1;
});
afterEach(async () => {
  expect(await faultsOf(account.container, projectId)).toEqual([]);
});

const request = (id: string, fields: object = {}): Item => ({
  id,
  projectId,
  type: "request",
  title: `title of ${id}`,
  ...fields,
});

const insert = async (...documents: readonly object[]): Promise<void> => {
  for (const document of documents) await account.container.items.create(document);
};

const read = (id: string): Promise<Item> => readIn(projectId, id);

const readIn = async (partitionKey: unknown, id: string): Promise<Item> => {
  const { resource } = await account.container.item(id, partitionKey as number).read<Item>();
  if (resource === undefined) throw new Error(`there is no ${id}`);
  return resource;
};

const numbers = async (): Promise<readonly unknown[]> =>
  (await itemsOf(account.container, projectId, "todo")).map(({ requestId }) => requestId);

const drain = (options?: { limit?: number; feedOrder?: readonly string[] }) =>
  account.drain(projectId, options);

describe("requests", () => {
  test("become todos in the order in which they were committed", async () => {
    await insert(request("c"), request("a"), request("b"));
    expect(await drain()).toEqual({
      kind: "drained",
      done: 3,
      rejected: 0,
      more: false,
      lastId: 3,
      stopped: "empty",
      oldestTs: Math.floor(nowMs / 1000),
    });
    expect(await numbers()).toEqual(["c", "a", "b"]);
    expect(await read("a")).toMatchObject({ status: "done", todoId: 2, title: "title of a" });
    expect(await read("todo:a")).toMatchObject({ todoId: 2, title: "title of a", requestId: "a" });
  });

  test("keep every field that is not ours", async () => {
    const extra = { tags: ["x", { y: null }], ttl: 1000, todoId: 99, reason: "mine" };
    await insert(request("a", extra));
    await drain();
    const { reason, ...marked } = await read("a");
    expect(marked).toMatchObject({
      tags: ["x", { y: null }],
      ttl: 1000,
      status: "done",
      todoId: 1,
    });
    expect(reason).toBe(undefined);
  });

  test("are numbered together in one transaction: one _lsn", async () => {
    await insert(request("a"), request("b"));
    await drain();
    const { result } = await account.container.items
      .changeFeed<Item>(projectId, { startFromBeginning: true })
      .fetchNext();
    const lsns = (result ?? []).map(({ _lsn }) => _lsn);
    expect(lsns.length).toBe(5);
    expect(new Set(lsns).size).toBe(1);
  });

  test("a thousand of them take several calls, and no number is left out", async () => {
    const operations = Array.from({ length: 1000 }, (_, n) => ({
      operationType: "Create" as const,
      resourceBody: request(`r${n}`),
    }));
    for (let n = 0; n < 1000; n += 100) {
      await account.container.items.batch(
        operations.slice(n, n + 100) as OperationInput[],
        projectId,
      );
    }
    let calls = 0;
    for (let more = true; more; calls++) more = (await drain({ limit: 300 })).more;
    expect(calls).toBe(4);
    expect(await numbers()).toEqual(operations.map(({ resourceBody }) => resourceBody.id));
  });

  test("large ones are spread over several transactions, which the change feed never splits", async () => {
    const payload = "x".repeat(300_000);
    await insert(...["a", "b", "c", "d"].map((id) => request(id, { payload })));
    expect(await drain()).toMatchObject({ done: 2, more: true, stopped: "limit" });
    expect(await drain()).toMatchObject({ done: 2, more: false, stopped: "empty" });
  });

  test("nothing pending costs nothing and changes nothing", async () => {
    expect(await drain()).toMatchObject({ done: 0, more: false, stopped: "empty", oldestTs: null });
    expect(await itemsOf(account.container, projectId, "counter")).toEqual([]);
  });
});

describe("requests that can never become todos", () => {
  test("are rejected with a reason, take no number and delay nobody", async () => {
    await insert(
      request("first"),
      request("no-title", { title: undefined }),
      request("number-title", { title: 7 }),
      request("blank-title", { title: "  " }),
      request("long-title", { title: "t".repeat(4097) }),
      request("x".repeat(256)),
      request("last"),
    );
    expect(await drain()).toMatchObject({ done: 2, rejected: 5, lastId: 2, stopped: "empty" });
    expect(await read("no-title")).toMatchObject({ status: "rejected", reason: "title-missing" });
    expect(await read("number-title")).toMatchObject({ reason: "title-not-text", title: 7 });
    expect(await read("blank-title")).toMatchObject({ reason: "title-empty" });
    expect(await read("long-title")).toMatchObject({ reason: "title-too-long" });
    expect(await read("x".repeat(256))).toMatchObject({ reason: "id-too-long" });
    expect(await numbers()).toEqual(["first", "last"]);
  });

  test.each([["7"], [null], [undefined], [true], [1.5], [-1]])(
    "projectId %j: all of that partition are rejected",
    async (strange) => {
      await insert(request("a", { projectId: strange }), request("b", { projectId: strange }));
      expect(await account.drain(strange)).toMatchObject({ rejected: 2, lastId: null });
      const reason = "project-id-invalid";
      expect(await readIn(strange, "b")).toMatchObject({ status: "rejected", reason });
      expect(await account.drain(strange)).toMatchObject({ rejected: 0, more: false });
    },
  );

  test("one at the size limit of an item ends all the same, without its payload", async () => {
    let payloadBytes = 2 * 1024 * 1024;
    const fits = async (): Promise<boolean> => {
      const large = request("a", { payload: "x".repeat(payloadBytes) });
      const { statusCode } = await account.container.items
        .create(large)
        .catch((error) => ({ statusCode: error.code }));
      return statusCode === 201;
    };
    while (!(await fits())) payloadBytes -= 20;
    await insert(request("b"));
    await drain();
    await drain();
    const { payload, ...marked } = await read("a");
    expect(marked).toMatchObject({ status: "done", todoId: 1, trimmed: true });
    expect(payload).toBe(undefined);
    expect(await read("b")).toMatchObject({ status: "done", todoId: 2 });
  });
});

describe("ids that the pipeline uses itself", () => {
  test("a request named counter neither stops its project nor gets lost", async () => {
    await insert(request("counter"), request("b"));
    expect(await drain()).toMatchObject({ done: 2, lastId: 2 });
    await insert(request("c"));
    expect(await drain()).toMatchObject({ done: 1, lastId: 3 });
    expect(await read("counter")).toMatchObject({ type: "request", status: "done", todoId: 1 });
  });

  test("a counter displaced by a stray document is found again when that is gone", async () => {
    await insert({ id: "counter", projectId, note: "stray" }, request("a"));
    await drain();
    await account.container.item("counter", projectId).delete();
    await insert(request("b"));
    expect(await drain()).toMatchObject({ lastId: 2 });
  });

  test("a stray counter under another id is not believed", async () => {
    await insert({ id: "stray", projectId, type: "counter", lastId: 50 }, request("a"));
    expect(await drain()).toMatchObject({ lastId: 1 });
  });

  test("a stray document under the id of a todo makes it take another id", async () => {
    await insert(request("todo:x"), request("x"), { id: "todo:y", projectId, a: 1 }, request("y"));
    expect(await drain()).toMatchObject({ done: 3, rejected: 0 });
    expect(await numbers()).toEqual(["todo:x", "x", "y"]);
    expect(await read("todo:x")).toMatchObject({ type: "request", status: "done" });
  });

  test("strays under all ids of a todo cost that request its todo, and nobody else's", async () => {
    for (const id of todoDocumentIds("x")) await insert({ id, projectId });
    await insert(request("x"), request("b"));
    expect(await drain()).toMatchObject({ done: 1, rejected: 1 });
    expect(await read("x")).toMatchObject({ status: "rejected", reason: "id-reused" });
  });

  test.each([
    ["stays", async () => {}],
    ["is deleted", () => account.container.item("todo:x", projectId).delete()],
  ])(
    "a request whose todo took another id has no second one when the stray %s",
    async (_, later) => {
      await insert({ id: "todo:x", projectId }, { id: "todo:x@1", projectId }, request("x"));
      await drain();
      await later();
      await account.container.item("todo:x@1", projectId).delete();
      await account.container.item("x", projectId).delete();
      await insert(request("a"), request("x"), request("b"));
      expect(await drain()).toMatchObject({ done: 3, lastId: 3 });
      expect(await read("x")).toMatchObject({ status: "done", todoId: 1 });
      expect(await numbers()).toEqual(["x", "a", "b"]);
      await account.container.items.upsert(request("x", { title: "other" }));
      expect(await drain()).toMatchObject({ done: 0, rejected: 1 });
    },
  );

  test("documents of other types are left alone", async () => {
    const strays = [{ type: "invoice" }, { type: 7 }, { type: null }, {}, { type: "todo" }];
    const documents = strays.map((stray, n) => ({ id: `stray${n}`, ...stray, projectId }));
    await insert(...documents.slice(0, 4), request("a"));
    expect(await drain()).toMatchObject({ done: 1, rejected: 0 });
    expect(await read("stray1")).toMatchObject({ id: "stray1", type: 7, projectId });
  });
});

describe("a request that changes", () => {
  test("while pending moves behind those committed before the change", async () => {
    await insert(request("a"), request("b"));
    nowMs += 1000;
    await account.container.item("a", projectId).replace(request("a", { title: "new" }));
    await drain();
    expect(await numbers()).toEqual(["b", "a"]);
    expect(await read("todo:a")).toMatchObject({ title: "new", todoId: 2 });
  });

  test("within the same second moves too, as the change feed showed it", async () => {
    await insert(request("a"), request("b"), request("c"));
    await account.container.item("a", projectId).replace(request("a", { title: "new" }));
    // The feed showed b in an earlier batch; c is beyond the first page of a drain of one.
    const feedOrder = ["c", "a"];
    expect(await drain({ limit: 1, feedOrder })).toMatchObject({ done: 1, more: true });
    expect(await drain({ limit: 1, feedOrder })).toMatchObject({ done: 1, more: true });
    expect(await drain({ limit: 1, feedOrder })).toMatchObject({ done: 1, more: false });
    expect(await numbers()).toEqual(["b", "c", "a"]);
  });

  test("that is deleted while pending makes no todo and no hole", async () => {
    await insert(request("a"), request("b"));
    await account.container.item("a", projectId).delete();
    await drain();
    expect(await numbers()).toEqual(["b"]);
  });

  test("upserted over when done is done again with its old number", async () => {
    await insert(request("a"), request("b"));
    await drain();
    const before = await read("todo:a");
    await account.container.items.upsert(request("a"));
    expect(await drain()).toMatchObject({ done: 1, lastId: 2 });
    expect(await read("a")).toMatchObject({ status: "done", todoId: 1 });
    expect(await read("todo:a")).toEqual(before);
  });

  test("upserted over with another title is rejected, and its todo stays", async () => {
    await insert(request("a"));
    await drain();
    const before = await read("todo:a");
    await account.container.items.upsert(request("a", { title: "other" }));
    expect(await drain()).toMatchObject({ done: 0, rejected: 1 });
    expect(await read("a")).toMatchObject({ status: "rejected", reason: "id-reused" });
    expect(await read("todo:a")).toEqual(before);
  });
});

describe("two hosts at once", () => {
  test("drain the same project without a hole or a double", async () => {
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 20 }, (_, n) => `r${round}-${n}`);
      await insert(...ids.map((id) => request(id)));
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, () => drain({ limit: 7 })),
      );
      for (const result of results) {
        if (result.status === "rejected") expect([400, 449]).toContain(result.reason.code);
      }
      while ((await drain()).more);
    }
    expect(await itemsOf(account.container, projectId, "todo")).toHaveLength(100);
  });
});
