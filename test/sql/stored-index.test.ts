import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../local/cosmos/json.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import { prepareQuery, runQuery } from "../../local/cosmos/sql/query.ts";
import type { Source } from "../../local/cosmos/sql/source.ts";
import { commitIn, createContainer, openStore, partitionKey } from "../store/store-fixture.ts";
import { runAll } from "./run.ts";

const drainIndex = { paths: ["/type", "/status", "/projectId", "/_ts"] };
const valueIndexes = [
  { paths: ["/a", "/b", "/_ts"] },
  { paths: ["/a", "/b"] },
  { paths: ["/b", "/id"] },
];

/** The source with and without its indexes. */
const sourcesOf = async (
  documents: readonly JsonObject[],
  compositeIndexes: { paths: string[] }[],
): Promise<{ indexed: Source; plain: Source }> => {
  const store = openStore();
  const container = createContainer(store, { compositeIndexes });
  const key = logicalKey(["p"], partitionKey);
  await commitIn({ store, container }, "p", (transaction) => {
    documents.forEach((document, i) => {
      const id = String(i);
      transaction.put({ key, id, body: { ...document, id, pk: "p" } });
    });
  });
  const [partition] = container.partitions;
  if (!partition) throw new Error("The container has no partition.");
  const scope = { pk: key.pk };
  const { compositeIndexes: none, fixed, scan, seek } = store.reader(partition).source([], scope);
  return {
    indexed: store.reader(partition).source(container.compositeIndexes, scope),
    plain: { compositeIndexes: none, fixed, scan, seek },
  };
};

test("the store's index gives the drain its requests and little else", async () => {
  const documents = Array.from({ length: 1_000 }, (_, i) => ({
    type: i % 2 === 0 ? "request" : "todo",
    projectId: 7,
    ...(i % 4 === 0 ? { status: "done" } : {}),
  }));
  const { indexed, plain } = await sourcesOf(documents, [drainIndex]);
  const text = `SELECT TOP 100 * FROM c WHERE c.type = "request" AND c.projectId = 7
    AND (NOT IS_DEFINED(c.status) OR c.status = "pending") ORDER BY c._ts`;
  const request = { query: prepareQuery(text), maxItemCount: -1, now: 0 };
  const page = runQuery({ ...request, sources: [indexed] });
  expect(page.retrievedCount).toBeLessThanOrEqual(101);
  expect(page.rows).toEqual(runQuery({ ...request, sources: [plain] }).rows);
});

const value = fc.oneof(
  fc.constantFrom<JsonValue>(
    null,
    true,
    false,
    0,
    -0,
    1,
    -1.5,
    1e300,
    "",
    "a",
    "a\u0000",
    "ab",
    "é",
  ),
  fc.constantFrom<JsonValue>([], [1], [1, 2], { x: 1 }, { x: "\u0000" }, {}),
  fc.string({ maxLength: 3, unit: "binary" }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const document = fc.record({ a: value, b: value }, { requiredKeys: [] });
const literal = value.map((one) => JSON.stringify(one));

test("the store's indexes never change what a query returns", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(document, { maxLength: 20 }),
      fc.array(literal, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("=", "<", "<=", ">", ">=", "IN"),
      fc.constantFrom("c.b", "c.b DESC", "c._ts", "c.b, c._ts", "c.a, c.b", "c.a DESC, c.b DESC"),
      fc.integer({ min: 1, max: 5 }),
      async (documents, literals, operator, order, maxItemCount) => {
        const { indexed, plain } = await sourcesOf(documents as JsonObject[], valueIndexes);
        const right = operator === "IN" ? `(${literals.join()})` : literals[0];
        for (const path of ["c.a", "c.b"]) {
          const text = `SELECT VALUE c.id FROM c WHERE ${path} ${operator} ${right} ORDER BY ${order}`;
          const expected = runAll(text, [plain]);
          expect(runAll(text, [indexed])).toEqual(expected);
          expect(runAll(text, [indexed], { maxItemCount })).toEqual(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  [`c.id = "3"`, 1],
  [`c.id IN ("7", "3", "none", 3, null)`, 2],
  [`c.id = "3" AND c.n > 100`, 1],
  [`c.id IN ("1", "2") AND c.id IN ("2", "3")`, 1],
  ["c.id = 3", 0],
])("documents asked for by id are looked up: %s", async (where, reads) => {
  const documents = Array.from({ length: 500 }, (_, n) => ({ n }));
  const { indexed, plain } = await sourcesOf(documents, []);
  for (const select of ["*", "VALUE c.n", "DISTINCT c.n", "VALUE COUNT(1)"]) {
    const text = `SELECT ${select} FROM c WHERE ${where}`;
    const request = { query: prepareQuery(text), maxItemCount: -1, now: 0 };
    const page = runQuery({ ...request, sources: [indexed] });
    expect(page.rows).toEqual(runQuery({ ...request, sources: [plain] }).rows);
    expect(page.retrievedCount).toBe(reads);
    expect(runAll(text, [indexed], { maxItemCount: 1 })).toEqual(runAll(text, [plain]));
  }
});

test.each([`c.id != "3"`, `c.id = "3" OR c.n = 5`, "NOT IS_DEFINED(c.id)", `c.id > "3"`])(
  "other documents are found beside those with an id: %s",
  async (where) => {
    const documents = Array.from({ length: 20 }, (_, n) => ({ n }));
    const { indexed, plain } = await sourcesOf(documents, []);
    const text = `SELECT * FROM c WHERE ${where}`;
    expect(runAll(text, [indexed])).toEqual(runAll(text, [plain]));
  },
);
