import { describe, expect, test } from "vitest";
import { meetsCondition } from "../../local/cosmos/sql/condition.ts";
import { prepareQuery, runQuery } from "../../local/cosmos/sql/query.ts";
import { arraySource } from "./array-source.ts";
import { query } from "./run.ts";

describe("a text that is not Cosmos DB SQL is refused with its place", () => {
  test.each([
    ["SELEC * FROM c", "incorrect syntax near 'SELEC'", 0],
    ["SELECT * FROM c WHERE c.x ==", "incorrect syntax near '='", 27],
    ["SELECT * FROM c WHERE", "unexpected end-of-file", 21],
    ["SELECT c.value FROM c", "incorrect syntax near 'value'", 9],
    ["SELECT * FROM c WHERE c.x = 'open", "incorrect syntax near ''open'", 28],
    ["SELECT * FROM c WHERE c.x IS NULL", "incorrect syntax near 'IS'", 26],
    ["SELECT * FROM c OFFSET 1", "unexpected end-of-file", 24],
    ["SELECT * FROM c WHERE (c.x = 1", "unexpected end-of-file", 30],
    ["SELECT * FROM c WHERE c.x = #", "incorrect syntax near '#'", 28],
  ])("%s", (text, message, start) => {
    const refused = () => prepareQuery(text);
    expect(refused).toThrow(expect.objectContaining({ status: 400 }) as Error);
    expect(refused).toThrow(message);
    expect(refused).toThrow(`"location":{"start":${start},`);
  });

  test("also when it nests too deep", () => {
    expect(() => prepareQuery(`SELECT ${"(".repeat(5_000)}1`)).toThrow("incorrect syntax");
  });
});

describe("a query that means nothing is refused", () => {
  test.each([
    ["SELECT * FROM c WHERE d.x = 1", "Identifier 'd' could not be resolved."],
    ["SELECT * FROM c JOIN t IN x.tags", "Identifier 'x' could not be resolved."],
    ["SELECT *", "'SELECT *' is not valid if FROM clause is omitted."],
    ["SELECT * FROM c JOIN t IN c.tags", "'SELECT *' is only valid with a single input set."],
    ["SELECT c.a, d.a FROM c JOIN d IN c.d", "two properties with the name 'a'"],
    ["SELECT NOSUCH(c.a) FROM c", "'NOSUCH' is not a recognized built-in function name."],
    ["SELECT ABS() FROM c", "The ABS function requires 1 argument(s)."],
    ["SELECT c.a, COUNT(1) FROM c", "'c.a' is invalid in the select list"],
    ["SELECT c.b FROM c GROUP BY c.a", "'c.b' is invalid in the select list"],
    ["SELECT c.a FROM c GROUP BY c.a ORDER BY c.a", "'ORDER BY' is not supported"],
    ["SELECT * FROM c WHERE COUNT(1) > 1", "aggregate function COUNT"],
    ["SELECT VALUE SUM(MAX(c.x)) FROM c", "aggregate function MAX"],
  ])("%s", (text, message) => {
    expect(() => prepareQuery(text)).toThrow(message);
    expect(() => prepareQuery(text)).toThrow(expect.objectContaining({ status: 400 }) as Error);
  });

  test.each([
    ["SELECT * FROM c WHERE c.x = @p", "@p"],
    ["SELECT TOP @n * FROM c", "@n"],
  ])("when the parameter of %s is not given", (text, name) => {
    expect(() => query(text)).toThrow(name);
  });

  test("when TOP is no count", () => {
    expect(() => query("SELECT TOP @n * FROM c", [{}], { "@n": -1 })).toThrow("TOP");
  });

  test("when a page has no size", () => {
    const sources = [arraySource([])];
    const run = () =>
      runQuery({ query: prepareQuery("SELECT * FROM c"), sources, maxItemCount: 0, now: 0 });
    expect(run).toThrow("maximum item count 0");
  });

  test("when a scalar subquery has several rows", () => {
    const text = "SELECT (SELECT VALUE x FROM x IN c.list) AS y FROM c";
    expect(() => query(text, [{ list: [1, 2] }])).toThrow("cardinality");
  });
});

test.each([
  "ST_DISTANCE(c.a, c.b)",
  "VectorDistance(c.a, c.b)",
  "FullTextContains(c.a, 'x')",
  "udf.f(c)",
])("%s is named as not implemented", (expression) => {
  expect(() => prepareQuery(`SELECT VALUE ${expression} FROM c`)).toThrow(
    expect.objectContaining({ status: 501 }) as Error,
  );
});

test("the condition of a patch is a query without SELECT", () => {
  expect(meetsCondition("from c where c.n = 1", { n: 1 }, 0)).toBe(true);
  expect(meetsCondition("FROM c WHERE c.n > 1", { n: 1 }, 0)).toBe(false);
  expect(() => meetsCondition("where", {}, 0)).toThrow("unexpected end-of-file");
});
