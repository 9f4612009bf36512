import { describe, expect, test } from "vitest";
import type { CosmosError } from "../../local/cosmos/cosmos-error.ts";
import { prepareQuery, type QueryRequest, runQuery } from "../../local/cosmos/sql/query.ts";
import { arraySource } from "./array-source.ts";
import { runAll } from "./run.ts";

const four = [1, 2, 3, 4].map((n) => ({ id: String(n), n, tags: ["x", "y", "z"].slice(0, n) }));

const pages = (text: string, maxItemCount: number, documents = four): string[][] => {
  const found: string[][] = [];
  let continuation: string | undefined;
  do {
    const page = run(text, { maxItemCount, continuation, sources: [arraySource(documents)] });
    found.push([...page.rows]);
    continuation = page.continuation;
  } while (continuation !== undefined);
  return found;
};

const run = (text: string, options: Partial<QueryRequest> = {}) =>
  runQuery({ query: prepareQuery(text), sources: [arraySource(four)], now: 0, ...options });

describe("a page", () => {
  test("that is exactly full is followed by another, empty if need be", () => {
    expect(pages("SELECT VALUE c.n FROM c", 2)).toEqual([["1", "2"], ["3", "4"], []]);
    expect(pages("SELECT VALUE c.n FROM c ORDER BY c.n DESC", 2)).toEqual([
      ["4", "3"],
      ["2", "1"],
      [],
    ]);
  });

  test("that is short is the last", () => {
    expect(pages("SELECT VALUE c.n FROM c", 3)).toEqual([["1", "2", "3"], ["4"]]);
  });

  test("that exhausts TOP, LIMIT or an aggregate is the last", () => {
    expect(pages("SELECT TOP 2 VALUE c.n FROM c", 2)).toEqual([["1", "2"]]);
    expect(pages("SELECT VALUE c.n FROM c OFFSET 1 LIMIT 2", 1)).toEqual([["2"], ["3"]]);
    expect(pages("SELECT VALUE COUNT(1) FROM c", 1)).toEqual([["4"]]);
  });

  test("has 100 items unless the request says otherwise", () => {
    const many = Array.from({ length: 150 }, (_, n) => ({ id: String(n), n, tags: [] }));
    const sources = [arraySource(many)];
    expect(run("SELECT * FROM c", { sources }).rows).toHaveLength(100);
    expect(run("SELECT * FROM c", { sources, maxItemCount: -1 }).rows).toHaveLength(150);
  });

  test("ends between two rows of one document and goes on there", () => {
    const text = "SELECT VALUE [c.n, t] FROM c JOIN t IN c.tags";
    const whole = runAll(text, [arraySource(four)]);
    for (const maxItemCount of [1, 2, 4, 5]) {
      expect(runAll(text, [arraySource(four)], { maxItemCount })).toEqual(whole);
    }
    const ordered = `${text} ORDER BY t DESC`;
    expect(runAll(ordered, [arraySource(four)], { maxItemCount: 2 })).toEqual(
      runAll(ordered, [arraySource(four)]),
    );
  });

  test("holds at most 4 MB", () => {
    const large = [1, 2, 3].map((n) => ({
      id: String(n),
      n,
      tags: [],
      text: "x".repeat(1_500_000),
    }));
    const [first, second] = pages("SELECT * FROM c", -1, large);
    expect([first?.length, second?.length]).toEqual([2, 1]);
  });

  test("reads no further than it is full", () => {
    const source = arraySource(Array.from({ length: 500 }, (_, n) => ({ n })));
    const page = run("SELECT * FROM c", { sources: [source], maxItemCount: 5 });
    expect([source.reads(), page.retrievedCount, page.outputBytes]).toEqual([5, 5, 35]);
  });

  test("keeps the text that was stored", () => {
    const item = { rid: 1, text: '{"n": 1.0, "big": 12345678901234567890}', value: { n: 1 } };
    const source = { ...arraySource([]), scan: () => [item] };
    expect(run("SELECT * FROM c WHERE c.n = 1", { sources: [source] }).rows).toEqual([item.text]);
    expect(run("SELECT VALUE r FROM r ORDER BY r.n", { sources: [source] }).rows).toEqual([
      item.text,
    ]);
  });

  test("needs no document to be parsed for a plain SELECT *", () => {
    const item = {
      rid: 1,
      text: "{}",
      get value(): never {
        throw new Error("parsed");
      },
    };
    const source = { ...arraySource([]), scan: () => [item] };
    expect(run("SELECT * FROM c", { sources: [source] }).rows).toEqual(["{}"]);
  });
});

describe("a continuation token", () => {
  const text = "SELECT * FROM c ORDER BY c.n";
  const { continuation = "" } = run(text, { maxItemCount: 2 });

  test("is ASCII", () => {
    const documents = [{ n: "é☃" }, { n: "ü" }];
    const page = run(text, { maxItemCount: 1, sources: [arraySource(documents)] });
    expect(page.continuation).toMatch(/^[\x21-\x7e]+$/);
  });

  test("of another query, of other parameters, or of nobody is refused", () => {
    const refusals = [
      () => run("SELECT * FROM c", { continuation }),
      () => run(text, { continuation: "garbage" }),
      () => run(text, { continuation: Buffer.from("[1]").toString("base64url") }),
    ];
    for (const refused of refusals) {
      expect(refused).toThrow(expect.objectContaining({ status: 400 }) as unknown as CosmosError);
      expect(refused).toThrow("Invalid Continuation Token");
    }
  });

  test("survives the deletion of the document it ends at", () => {
    const sources = [arraySource(four.slice(2), { firstRid: 3 })];
    const page = run(text, { continuation, sources });
    expect(page.rows.map((row) => JSON.parse(row).n)).toEqual([3, 4]);
  });
});
