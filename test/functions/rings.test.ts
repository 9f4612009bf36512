import { describe, expect, test } from "vitest";
import { ringsIn } from "../../functions/rings.ts";
import { ridOf } from "../sprocs/memory-partition.ts";

const change = (id: string, insertion: number, fields: object = {}): object => ({
  id,
  projectId: 1,
  type: "request",
  title: "t",
  _rid: ridOf(insertion),
  _ts: 1,
  ...fields,
});

describe("the doorbell", () => {
  test("rings once for each project with pending requests, in the feed's order", () => {
    const changes = [
      change("a", 1, { projectId: 2 }),
      change("b", 2),
      change("c", 3, { projectId: 2, status: "pending" }),
    ];
    expect(ringsIn(changes).map(({ project }) => project.key)).toEqual(["2", "1"]);
  });

  test("does not ring for echoes and stray documents", () => {
    const strays = [null, 7, "request", [], {}, { type: "request" }, { id: 1, type: "request" }];
    const echoes = [
      change("a", 1, { status: "done", todoId: 1 }),
      change("b", 2, { status: "rejected" }),
      change("todo:a", 3, { type: "todo" }),
      change("counter", 4, { type: "counter" }),
    ];
    expect(ringsIn([...strays, ...echoes])).toEqual([]);
  });

  test("rings for partitions whose key is no project id, each its own", () => {
    const keys = ["7", 7, null, undefined, true, 1.5, { object: 1 }];
    const rings = ringsIn(keys.map((projectId, n) => change(`r${n}`, n, { projectId })));
    expect(rings.map(({ project }) => project)).toEqual([
      { key: '"7"', partitionKey: "7" },
      { key: "7", partitionKey: 7 },
      { key: "null", partitionKey: null },
      { key: "none", partitionKey: undefined },
      { key: "true", partitionKey: true },
      { key: "1.5", partitionKey: 1.5 },
    ]);
  });

  test("tells the feed's order only where it contradicts the order of insertion", () => {
    const usual = [change("a", 1), change("b", 300), change("c", 2, { _ts: 2 })];
    expect(ringsIn(usual)[0]?.feedOrder).toEqual([]);
    const replaced = [change("b", 2), change("c", 3), change("a", 1)];
    expect(ringsIn(replaced)[0]?.feedOrder).toEqual(["b", "c", "a"]);
  });

  test("takes no order from within a transaction, whose documents the feed shows as it likes", () => {
    const together = [change("b", 2, { _lsn: 7 }), change("a", 1, { _lsn: 7 })];
    expect(ringsIn(together)[0]?.feedOrder).toEqual([]);
    const replaced = [change("d", 4, { _lsn: 5 }), ...together];
    expect(ringsIn(replaced)[0]?.feedOrder).toEqual(["d", "a", "b"]);
  });
});
