import { beforeAll, describe, expect, test } from "vitest";
import { bundleDrain } from "../../build.ts";
import { createMemoryPartition, type MemoryPartition } from "./memory-partition.ts";

let script: string;
beforeAll(async () => {
  script = (await bundleDrain()).body;
});

const request = (id: string, title: unknown = `title of ${id}`): object => ({
  id,
  projectId: 7,
  type: "request",
  title,
});

const partitionWith = (...documents: readonly object[]): MemoryPartition => {
  const partition = createMemoryPartition(script);
  for (const document of documents) partition.insert(document);
  return partition;
};

const field = (partition: MemoryPartition, id: string, name: string): unknown =>
  partition.documents.get(id)?.[name];

/** What must hold after any call of the drain, whatever happened to it. */
const assertConsistent = (partition: MemoryPartition): void => {
  const documents = [...partition.documents.values()];
  const todos = documents.filter(({ type }) => type === "todo");
  const done = documents.filter(({ type, status }) => type === "request" && status === "done");
  expect(todos.map(({ todoId }) => todoId)).toEqual(todos.map((_, index) => index + 1));
  expect(todos.map(({ requestId, todoId }) => [requestId, todoId])).toEqual(
    done.map(({ id, todoId }) => [id, todoId]),
  );
  expect(field(partition, "counter", "lastId") ?? 0).toBe(todos.length);
};

describe("Cosmos DB refuses an operation", () => {
  const documents = [request("a"), request("b", 5), request("c"), request("d")];

  test("whichever it is, what remains is consistent, and later calls finish the rest", () => {
    for (let refuseAfter = 0; refuseAfter <= 11; refuseAfter++) {
      const partition = partitionWith(...documents);
      const before = JSON.stringify([...partition.documents]);
      try {
        const result = partition.run({ limit: 10, feedOrder: [] }, { refuseAfter });
        expect(result).toMatchObject({ stopped: refuseAfter < 10 ? "refused" : "empty" });
      } catch (error) {
        expect(String(error)).toContain("drain-refused: ");
        expect(JSON.stringify([...partition.documents])).toBe(before);
      }
      assertConsistent(partition);
      partition.run({ limit: 10, feedOrder: [] });
      assertConsistent(partition);
      expect(field(partition, "d", "todoId")).toBe(3);
      expect(field(partition, "b", "status")).toBe("rejected");
    }
  });

  test("before the first write, it stops cleanly and asks to be called again", () => {
    const partition = partitionWith(...documents);
    const refused = { done: 0, rejected: 0, more: true, stopped: "refused" };
    expect(partition.run({ limit: 10, feedOrder: [] }, { refuseAfter: 0 })).toMatchObject(refused);
    expect(partition.run({ limit: 10, feedOrder: [] }, { refuseAfter: 1 })).toMatchObject(refused);
  });

  test("between two rejections, it keeps what it did", () => {
    const partition = partitionWith(request("a", 1), request("b", 2), request("c", 3));
    expect(partition.run({ limit: 10, feedOrder: [] }, { refuseAfter: 3 })).toMatchObject({
      done: 0,
      rejected: 2,
      more: true,
      lastId: null,
      stopped: "refused",
    });
    expect(field(partition, "b", "reason")).toBe("title-not-text");
    expect(field(partition, "c", "status")).toBe(undefined);
  });
});

test("the counter is replaced only in the version that was read", () => {
  const partition = partitionWith(request("a"));
  partition.run({ limit: 10, feedOrder: [] });
  partition.insert(request("b"));
  // This partition takes the very etag and no wildcard.
  partition.run({ limit: 10, feedOrder: [] });
  assertConsistent(partition);
  expect(field(partition, "counter", "lastId")).toBe(2);
});

test("a request on which the domain function throws is rejected and takes no number", () => {
  const rule = "const nextId = lastId + 1;";
  const throwing = `if (request.id === "b") throw new Error("a bug"); ${rule}`;
  expect(script).toContain(rule);
  const partition = createMemoryPartition(script.replace(rule, throwing));
  for (const id of ["a", "b", "c"]) partition.insert(request(id));
  partition.run({ limit: 10, feedOrder: [] });
  expect(field(partition, "b", "reason")).toBe("domain-error");
  expect(field(partition, "c", "todoId")).toBe(2);
  assertConsistent(partition);
});

describe("an operation fails", () => {
  test("a request that leaves no room for its mark loses only the fields that are not ours", () => {
    const partition = partitionWith({ ...request("a"), payload: "2 MB" }, request("b"));
    partition.run(
      { limit: 10, feedOrder: [] },
      { fail: (name, document) => (name === "replace" && document.payload ? 413 : undefined) },
    );
    expect(partition.documents.get("a")).toMatchObject({
      title: "title of a",
      projectId: 7,
      status: "done",
      todoId: 1,
      trimmed: true,
    });
    expect(field(partition, "a", "payload")).toBe(undefined);
    assertConsistent(partition);
  });

  test("a todo that Cosmos DB finds too large is rejected and takes no number", () => {
    const partition = partitionWith(request("a"), request("b"));
    partition.run(
      { limit: 10, feedOrder: [] },
      { fail: (_, document) => (document.id === "todo:a" ? 413 : undefined) },
    );
    expect(field(partition, "a", "reason")).toBe("todo-too-large");
    expect(field(partition, "b", "todoId")).toBe(1);
  });

  test.each([
    [409, "drain-conflict: "],
    [412, "drain-conflict: "],
    [429, "drain-refused: "],
    [403, "drain-partition-full: "],
    [500, "drain-failed: "],
  ])("%i of the counter rolls everything back and says %s", (status, message) => {
    const partition = partitionWith(request("a"), { ...counter, lastId: 0 });
    expect(() =>
      partition.run(
        { limit: 10, feedOrder: [] },
        { fail: (_, document) => (document.type === "counter" ? status : undefined) },
      ),
    ).toThrow(message);
    expect(field(partition, "a", "status")).toBe(undefined);
    expect(partition.documents.has("todo:a")).toBe(false);
  });

  test("a todo beyond the counter is a contradiction that the drain does not paper over", () => {
    const todo = {
      id: "todo:a",
      projectId: 7,
      type: "todo",
      todoId: 5,
      title: "t",
      requestId: "a",
    };
    const partition = partitionWith({ ...counter, lastId: 4 }, todo, request("a", "t"));
    expect(() => partition.run({ limit: 10, feedOrder: [] })).toThrow("drain-bug: ");
  });

  test("options that are not options are a bug of the caller", () => {
    const partition = partitionWith(request("a"));
    expect(() => partition.run({ limit: 0, feedOrder: [] })).toThrow(
      "drain-bug: limit: expected an integer, 1 or more",
    );
  });
});

const counter = { id: "counter", projectId: 7, type: "counter" };
