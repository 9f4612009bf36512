import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../local/cosmos/json.ts";
import { prepareQuery, runQuery } from "../../local/cosmos/sql/query.ts";
import type { Source } from "../../local/cosmos/sql/source.ts";
import { arraySource } from "./array-source.ts";
import { runAll } from "./run.ts";

const drainIndex = ["/type", "/status", "/projectId", "/_ts"];

/** Documents of a project: half of the requests are pending, none of the todos is. */
const project = (count: number): JsonObject[] =>
  Array.from({ length: count }, (_, i) => ({
    id: String(i),
    projectId: 7,
    type: i % 4 === 0 ? "todo" : "request",
    ...(i % 4 === 1 ? { status: "done" } : i % 4 === 2 ? { status: "pending" } : {}),
    _ts: 1_000 + ((i * 7919) % count),
  }));

const drain = `SELECT TOP @n * FROM c WHERE c.type = "request"
  AND (NOT IS_DEFINED(c.status) OR c.status = "pending") ORDER BY c._ts`;

const page = (
  text: string,
  sources: readonly Source[],
  parameters: Record<string, JsonValue> = {},
) =>
  runQuery({
    query: prepareQuery(text),
    sources,
    maxItemCount: -1,
    now: 0,
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  });

describe("a composite index", () => {
  const documents = project(4_000);

  test("gives the oldest pending requests while reading hardly more than them", () => {
    const source = arraySource(documents, { indexes: [drainIndex], fixed: { "/projectId": 7 } });
    const { rows } = page(drain, [source], { "@n": 100 });
    expect(source.reads()).toBeLessThanOrEqual(102);
    expect(rows).toEqual(page(drain, [arraySource(documents)], { "@n": 100 }).rows);
  });

  test("gives the same over several sources", () => {
    const halves = [documents.slice(0, 2_000), documents.slice(2_000)];
    const sources = halves.map((half) =>
      arraySource(half, { indexes: [drainIndex], fixed: { "/projectId": 7 } }),
    );
    const { rows } = page(drain, sources, { "@n": 50 });
    expect(sources.map(({ reads }) => reads()).reduce((a, b) => a + b)).toBeLessThanOrEqual(54);
    expect(rows).toEqual(
      page(
        drain,
        halves.map((half) => arraySource(half)),
        { "@n": 50 },
      ).rows,
    );
  });

  test("goes on behind the last row of the page before", () => {
    const source = arraySource(documents, { indexes: [["/type", "/_ts"]] });
    const text = "SELECT * FROM c WHERE c.type = 'todo' ORDER BY c._ts DESC";
    const rows = runAll(text, [source], { maxItemCount: 10 });
    expect(rows).toHaveLength(1_000);
    expect(source.reads()).toBeLessThan(1_300);
    expect(rows).toEqual(runAll(text, [arraySource(documents)]));
  });

  test("narrows a range on the path behind the equal ones", () => {
    const source = arraySource(documents, { indexes: [["/type", "/_ts"]] });
    const text = "SELECT VALUE COUNT(1) FROM c WHERE c.type = 'request' AND c._ts < 1100";
    const [count] = page(text, [source]).rows;
    expect(source.reads()).toBe(Number(count));
    expect(Number(count)).toBeGreaterThan(0);
  });

  test("serves groups over the documents that match only", () => {
    const source = arraySource(documents, { indexes: [drainIndex], fixed: { "/projectId": 7 } });
    const text =
      "SELECT c.projectId, MIN(c._ts) AS oldest FROM c WHERE c.type = 'request' " +
      "AND c.status IN ('pending', 'failed') GROUP BY c.projectId";
    expect(page(text, [source]).rows).toEqual(page(text, [arraySource(documents)]).rows);
    expect(source.reads()).toBe(1_000);
  });

  test("finds leases by the beginning of their ids", () => {
    const leases = Array.from({ length: 300 }, (_, i) => ({ id: `${i % 3}..${i}`, _ts: 1 }));
    const source = arraySource(leases, { indexes: [["/id", "/_ts"]] });
    expect(page("SELECT * FROM c WHERE STARTSWITH(c.id, '1.')", [source]).rows).toHaveLength(100);
    expect(source.reads()).toBe(100);
  });

  test("is left alone when a document that matters may lack its last path", () => {
    const documents = [
      { id: "1", type: "a" },
      { id: "2", type: "a", n: 5 },
    ];
    const source = arraySource(documents, { indexes: [["/type", "/n"]] });
    expect(page("SELECT VALUE c.id FROM c WHERE c.type = 'a'", [source]).rows).toHaveLength(2);
    const both = "SELECT VALUE c.id FROM c WHERE c.type = 'a' ORDER BY c.n";
    expect(page(both, [source]).rows).toEqual(['"1"', '"2"']);
    const defined = "SELECT VALUE c.id FROM c WHERE c.type = 'a' AND c.n > 1 ORDER BY c.n";
    expect(page(defined, [source]).rows).toEqual(['"2"']);
  });

  test("gives pages in an order that begins with one of several equal values", () => {
    const documents = Array.from({ length: 40 }, (_, i) => ({ id: i, a: i % 3, _ts: i % 7 }));
    const source = arraySource(documents, { indexes: [["/a", "/_ts"]] });
    const text = "SELECT * FROM c WHERE c.a IN (1, 2) ORDER BY c.a DESC, c._ts DESC";
    const rows = runAll(text, [source], { maxItemCount: 3 });
    expect(rows).toEqual(runAll(text, [arraySource(documents)]));
  });

  test("is left alone when only one side of an OR says that its last path is there", () => {
    const documents = [
      { id: "1", a: 1 },
      { id: "2", a: 1, n: 5 },
    ];
    const source = arraySource(documents, { indexes: [["/a", "/n"]] });
    const text = "SELECT VALUE c.id FROM c WHERE c.a = 1 AND (c.n > 1 OR NOT IS_DEFINED(c.n))";
    expect(page(text, [source]).rows).toEqual(['"1"', '"2"']);
  });

  test("that holds too much gives way to reading in the order of insertion", () => {
    const many = project(12_000);
    const source = arraySource(many, { indexes: [["/type", "/_ts"]] });
    const text = "SELECT * FROM c WHERE c.type = 'request'";
    expect(runAll(text, [source], { maxItemCount: 1_000 })).toHaveLength(9_000);
    expect(source.reads()).toBeLessThan(4_100 + 12_100);
  });
});

const scalar = fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2, -1.5, "", "a", "b", "ab");
const field = fc.oneof(
  { weight: 8, arbitrary: scalar },
  fc.constantFrom<JsonValue>([], [1], { x: 1 }, {}),
);
const documentsOf = fc
  .array(
    fc.record(
      { a: field, b: field, d: fc.record({ e: field }, { requiredKeys: [] }) },
      {
        requiredKeys: [],
      },
    ),
    { maxLength: 25 },
  )
  .map((all) => all.map((one, i) => ({ ...one, id: String(i), _ts: (i * 7) % 5 }) as JsonObject));

const path = fc.constantFrom("c.a", "c.b", "c.d.e", "c._ts", 'c["a"]');
const literal = scalar.map((value) => JSON.stringify(value));
const leaf = fc.oneof(
  fc
    .tuple(path, fc.constantFrom("=", "=", "!=", "<", "<=", ">", ">="), literal)
    .map((p) => p.join(" ")),
  fc.tuple(literal, fc.constantFrom("=", "<", ">="), path).map((p) => p.join(" ")),
  fc
    .tuple(path, fc.array(literal, { minLength: 1, maxLength: 4 }))
    .map(([p, l]) => `${p} IN (${l})`),
  path.map((p) => `IS_DEFINED(${p})`),
  path.map((p) => `NOT IS_DEFINED(${p})`),
  path.map((p) => `IS_STRING(${p})`),
  path.map((p) => `STARTSWITH(${p}, "a")`),
  path.map((p) => `ARRAY_CONTAINS([1, "a", null], ${p})`),
  path.map((p) => `${p} BETWEEN 0 AND 1`),
  path,
  path.map((p) => `NOT ${p}`),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(tie("condition"), tie("condition")).map(([l, r]) => `(${l} AND ${r})`),
    fc.tuple(tie("condition"), tie("condition")).map(([l, r]) => `(${l} OR ${r})`),
    tie("condition").map((inner) => `(NOT ${inner})`),
  ),
}));
const order = fc.array(
  fc.tuple(path, fc.constantFrom("ASC", "DESC", "DESC")).map((p) => p.join(" ")),
  { maxLength: 2 },
);
const select = fc.constantFrom(
  "SELECT *",
  "SELECT VALUE [c.id, c.a]",
  "SELECT VALUE c.a",
  "SELECT DISTINCT VALUE c.b",
  "SELECT TOP 3 *",
  "SELECT VALUE COUNT(c.a)",
);
const queryText = fc
  .tuple(select, condition, order, fc.constantFrom("", "OFFSET 1 LIMIT 4"))
  .map(
    ([head, where, keys, rest]) =>
      `${head} FROM c WHERE ${where} ${keys.length > 0 ? `ORDER BY ${keys.join(", ")}` : ""} ${rest}`,
  );
const indexes = [
  ["/a", "/b"],
  ["/b", "/_ts"],
  ["/_ts"],
  ["/a", "/_ts"],
  ["/a", "/d/e", "/_ts"],
  ["/d/e", "/a"],
  ["/b", "/a", "/id"],
];
const someIndexes = fc.subarray(indexes, { minLength: 1 });

describe("for all documents, conditions and orders", () => {
  test("indexes never change what a query returns", () => {
    fc.assert(
      fc.property(documentsOf, queryText, someIndexes, fc.nat(3), (documents, text, use, cut) => {
        const split = Math.floor((documents.length * cut) / 3);
        const halves = [documents.slice(0, split), documents.slice(split)];
        const expected = runAll(
          text,
          halves.map((half) => arraySource(half)),
        );
        const found = runAll(
          text,
          halves.map((half) => arraySource(half, { indexes: use })),
        );
        expect(found).toEqual(expected);
      }),
      { numRuns: 1_500 },
    );
  });

  test("pages put together are the whole result, with and without indexes", () => {
    fc.assert(
      fc.property(
        documentsOf,
        queryText,
        someIndexes,
        fc.integer({ min: 1, max: 7 }),
        (...args) => {
          const [documents, text, use, maxItemCount] = args;
          const expected = runAll(text, [arraySource(documents)]);
          const halves = [documents.slice(0, 9), documents.slice(9)];
          expect(runAll(text, [arraySource(documents)], { maxItemCount })).toEqual(expected);
          const sources = halves.map((half) => arraySource(half, { indexes: use }));
          expect(runAll(text, sources, { maxItemCount })).toEqual(
            runAll(
              text,
              halves.map((half) => arraySource(half)),
            ),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
