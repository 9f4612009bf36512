import { describe, expect, test } from "vitest";
import { query } from "./run.ts";

const people = [
  { id: "1", name: "Ada", age: 36, city: "London", tags: ["math", "code"] },
  { id: "2", name: "Bob", age: 20, city: "Paris", tags: [] },
  { id: "3", name: "Cyd", city: "London", tags: ["code"], score: 1.5 },
  { id: "4", name: "Dan", age: null, city: "Paris", pets: [{ name: "Rex" }, { name: "Mia" }] },
];

describe("SELECT", () => {
  test("a star gives whole documents in the order of insertion, whatever the container is called", () => {
    for (const from of ["c", "root", "root r", "testcontainer AS t", "Families"]) {
      expect(query(`SELECT * FROM ${from}`, people)).toEqual(people);
    }
  });

  test("a projection names properties after their paths and leaves out what is undefined", () => {
    expect(
      query("SELECT c.id, c.pets[0].name pet, c['age'], UPPER(c.name), 1 FROM c", people),
    ).toEqual([
      { id: "1", age: 36, $1: "ADA", $2: 1 },
      { id: "2", age: 20, $1: "BOB", $2: 1 },
      { id: "3", $1: "CYD", $2: 1 },
      { id: "4", pet: "Rex", age: null, $1: "DAN", $2: 1 },
    ]);
  });

  test("VALUE drops rows that are undefined", () => {
    expect(query("SELECT VALUE c.age FROM c", people)).toEqual([36, 20, null]);
  });

  test("a query without FROM has one row", () => {
    expect(query("SELECT 1 AS one, 'x' AS y", people)).toEqual([{ one: 1, y: "x" }]);
  });

  test("DISTINCT keeps the first of equal rows", () => {
    expect(query("SELECT DISTINCT c.city FROM c", people)).toEqual([
      { city: "London" },
      { city: "Paris" },
    ]);
    expect(query("SELECT DISTINCT VALUE c.city FROM c ORDER BY c.city DESC", people)).toEqual([
      "Paris",
      "London",
    ]);
  });

  test("TOP, OFFSET and LIMIT take numbers and parameters", () => {
    const ids = (text: string) => query(text, people, { "@n": 2, "@m": 1 });
    expect(ids("SELECT TOP 2 VALUE c.id FROM c")).toEqual(["1", "2"]);
    expect(ids("SELECT TOP @n VALUE c.id FROM c ORDER BY c.id DESC")).toEqual(["4", "3"]);
    expect(ids("SELECT VALUE c.id FROM c OFFSET @m LIMIT @n")).toEqual(["2", "3"]);
    expect(ids("SELECT VALUE c.id FROM c ORDER BY c.name DESC OFFSET 3 LIMIT 5")).toEqual(["1"]);
    expect(ids("SELECT TOP 0 VALUE c.id FROM c")).toEqual([]);
  });
});

describe("FROM", () => {
  test("IN unwinds an array of each document", () => {
    expect(query("SELECT VALUE t FROM t IN c.tags", people)).toEqual(["math", "code", "code"]);
    expect(query("SELECT * FROM p IN c.pets", people)).toEqual([{ name: "Rex" }, { name: "Mia" }]);
  });

  test("a path is a source of its own", () => {
    expect(query("SELECT VALUE tags FROM c.tags", people)).toEqual([
      ["math", "code"],
      [],
      ["code"],
    ]);
  });

  test("JOIN combines a document with its arrays", () => {
    expect(query("SELECT c.id, t AS tag FROM c JOIN t IN c.tags WHERE t = 'code'", people)).toEqual(
      [
        { id: "1", tag: "code" },
        { id: "3", tag: "code" },
      ],
    );
    const cross = "SELECT VALUE CONCAT(a, b) FROM c JOIN a IN c.tags JOIN b IN c.tags";
    expect(query(cross, people)).toEqual([
      "mathmath",
      "mathcode",
      "codemath",
      "codecode",
      "codecode",
    ]);
  });

  test("JOIN takes a subquery", () => {
    const text = `SELECT c.id, t FROM c
      JOIN (SELECT VALUE x FROM x IN c.tags WHERE STARTSWITH(x, 'm')) AS t`;
    expect(query(text, people)).toEqual([{ id: "1", t: "math" }]);
  });

  test("a subquery in the place of the container is answered first, over all documents", () => {
    const text = `SELECT VALUE COUNT(1) FROM (SELECT DISTINCT VALUE c.city FROM c)`;
    expect(query(text, people)).toEqual([2]);
    const ordered = `SELECT * FROM (SELECT c.city, COUNT(1) AS n FROM c GROUP BY c.city) AS g
      WHERE g.n > 1 ORDER BY g.city DESC`;
    expect(query(ordered, people)).toEqual([
      { city: "Paris", n: 2 },
      { city: "London", n: 2 },
    ]);
  });
});

describe("ORDER BY", () => {
  const mixed = [{}, { x: null }, { x: true }, { x: false }, { x: 2 }, { x: -1 }, { x: "b" }]
    .concat([{ x: "a" }, { x: [1] }, { x: { y: 1 } }] as never[])
    .map((value, i) => ({ id: i, ...value }));

  test("types come in the order of Cosmos DB, undefined first", () => {
    expect(query("SELECT VALUE c.id FROM c ORDER BY c.x", mixed.toReversed())).toEqual([
      0, 1, 3, 2, 5, 4, 7, 6, 8, 9,
    ]);
    expect(query("SELECT VALUE c.id FROM c ORDER BY c.x DESC", mixed)).toEqual([
      9, 8, 6, 7, 4, 5, 2, 3, 1, 0,
    ]);
  });

  test("equal keys stay in the order of insertion", () => {
    expect(query("SELECT VALUE c.id FROM c ORDER BY c.city, c.name DESC", people)).toEqual([
      "3",
      "1",
      "4",
      "2",
    ]);
    expect(query("SELECT VALUE c.id FROM c ORDER BY c.city DESC", people)).toEqual([
      "2",
      "4",
      "1",
      "3",
    ]);
  });
});

describe("aggregates", () => {
  const numbers = [{ n: 1, g: "a" }, { n: 2, g: "a" }, { g: "b" }, { n: 6, g: "b" }, { n: 7 }];

  test("undefined values do not count, whole documents do", () => {
    expect(query("SELECT VALUE COUNT(1) FROM c", numbers)).toEqual([5]);
    expect(query("SELECT VALUE COUNT(c.n) FROM c", numbers)).toEqual([4]);
    expect(query("SELECT VALUE COUNT(c) FROM c", numbers)).toEqual([5]);
    expect(query("SELECT VALUE AVG(c.n) FROM c", numbers)).toEqual([4]);
  });

  test("they stand in objects and in expressions", () => {
    const text = `SELECT SUM(c.n) AS sum, {low: MIN(c.n), high: MAX(c.n)} AS range,
      COUNTIF(c.n > 1) AS many, MAX(c.n) - MIN(c.n) AS spread FROM c`;
    expect(query(text, numbers)).toEqual([
      { sum: 16, range: { low: 1, high: 7 }, many: 3, spread: 6 },
    ]);
  });

  test("a value that is no number makes SUM and AVG undefined", () => {
    const bad = [...numbers, { n: "x" }];
    expect(query("SELECT VALUE SUM(c.n) FROM c", bad)).toEqual([]);
    expect(query("SELECT AVG(c.n) AS a, COUNT(c.n) AS n FROM c", bad)).toEqual([{ n: 5 }]);
    expect(query("SELECT MIN(c.n) AS low, MAX(c.n) AS high FROM c", bad)).toEqual([
      { low: 1, high: "x" },
    ]);
  });

  test("over nothing COUNT and SUM are 0, the others undefined", () => {
    const text = "SELECT COUNT(1) AS n, SUM(c.n) AS s, AVG(c.n) AS a, MIN(c.n) AS m FROM c";
    expect(query(text, [])).toEqual([{ n: 0, s: 0 }]);
  });

  test("GROUP BY makes one row for each key, undefined included", () => {
    expect(query("SELECT c.g, COUNT(1) AS n, SUM(c.n) AS s FROM c GROUP BY c.g", numbers)).toEqual([
      { g: "a", n: 2, s: 3 },
      { g: "b", n: 2, s: 6 },
      { n: 1, s: 7 },
    ]);
    expect(query("SELECT VALUE c.g FROM c GROUP BY c.g", numbers)).toEqual(["a", "b"]);
    const byLength = "SELECT LENGTH(c.g) AS l, COUNT(1) AS n FROM c GROUP BY LENGTH(c.g)";
    expect(query(byLength, numbers)).toEqual([{ l: 1, n: 4 }, { n: 1 }]);
  });
});
