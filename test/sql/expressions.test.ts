import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../local/cosmos/json.ts";
import { evaluate } from "./run.ts";

const document: JsonObject = {
  a: 1,
  text: "abc",
  no: null,
  flag: true,
  list: [1, "two", { n: 3 }],
  deep: { "x y": { z: 5 } },
  value: 7,
};

const cases = (rows: readonly (readonly [string, JsonValue])[]): void => {
  test.each(rows)("%s is %j", (expression, expected) => {
    expect(evaluate(expression, document)).toEqual(expected);
  });
};

describe("properties", () => {
  cases([
    ["c.a", 1],
    ["c['a']", 1],
    ['c["value"]', 7],
    ['c.deep["x y"].z', 5],
    ["c.list[1]", "two"],
    ["c.list[2].n", 3],
    ["c.list[9]", "undefined"],
    ["c.missing.further", "undefined"],
    ["c.text.length", "undefined"],
    ["c.constructor", "undefined"],
    ["c.toString", "undefined"],
    ["c.__proto__", "undefined"],
    ["c[CONCAT('te', 'xt')]", "abc"],
  ]);
});

describe("literals", () => {
  cases([
    ["'it''s'".replace("''", "\\'"), "it's"],
    ['"\\u00e9\\n\\\\"', "é\n\\"],
    ["1.5e2", 150],
    ["-3", -3],
    ["TRUE", true],
    ["Null", null],
    ["undefined", "undefined"],
    ["[1, undefined, 'x']", [1, "x"]],
    ["{a: c.a, 'b c': c.missing, \"d\": [c.no]}", { a: 1, d: [null] }],
  ]);
});

describe("operators", () => {
  cases([
    ["1 + 2 * 3 - 4 / 2", 5],
    ["(1 + 2) * 3 % 4", 1],
    ["1 / 0", "undefined"],
    ["'a' + 1", "undefined"],
    ["'a' || 'b' || 'c'", "abc"],
    ["6 & 3 | 8 ^ 1", 11],
    ["-8 >>> 28", 15],
    ["1 << 4 >> 2", 4],
    ["~5", -6],
    ["c.missing ?? 'else'", "else"],
    ["c.no ?? 'else'", null],
    ["c.a > 0 ? 'yes' : 'no'", "yes"],
    ["c.text ? 'yes' : 'no'", "no"],
    ["c.a BETWEEN 1 AND 2", true],
    ["c.a NOT BETWEEN 1 AND 2 AND true", false],
    ["c.a IN (3, 2, 1)", true],
    ["c.a NOT IN (3, 2)", true],
    ["c.missing IN (1)", "undefined"],
    ["NOT c.a = 2", true],
    ["NOT (c.a = 1)", false],
  ]);
});

describe("three-valued logic", () => {
  cases([
    ["c.missing = 1", "undefined"],
    ["c.missing != 1", "undefined"],
    ["c.missing = undefined", "undefined"],
    ["NOT c.missing", "undefined"],
    ["c.missing AND false", false],
    ["c.missing AND true", "undefined"],
    ["c.missing OR true", true],
    ["c.missing OR false", "undefined"],
    ["1 = '1'", false],
    ["1 != '1'", true],
    ["c.no != 5", true],
    ["1 < '2'", "undefined"],
    ["null < null", false],
    ["null <= null", true],
    ["false < true", true],
    ["'B' < 'a'", true],
    ["[1, {a: 1, b: 2}] = [1, {b: 2, a: 1}]", true],
    ["{a: 1} = {a: 1, b: 2}", false],
  ]);
});

describe("LIKE", () => {
  cases([
    ["'abc' LIKE 'a%'", true],
    ["'abc' LIKE '%b%'", true],
    ["'abc' LIKE 'a_c'", true],
    ["'abc' LIKE 'b'", false],
    ["'abc' NOT LIKE 'b%'", true],
    ["'a.c' LIKE 'a.c'", true],
    ["'abc' LIKE 'a.c'", false],
    ["'50% off' LIKE '%50!% %' ESCAPE '!'", true],
    ["'cat' LIKE '[b-d]at'", true],
    ["'hat' LIKE '[^b-d]at'", true],
    ["'two\nlines' LIKE '%lines'", true],
    ["5 LIKE '5'", "undefined"],
  ]);
});

describe("subqueries", () => {
  cases([
    ["EXISTS(SELECT VALUE x FROM x IN c.list WHERE x = 'two')", true],
    ["EXISTS(SELECT VALUE x FROM x IN c.list WHERE x = 'three')", false],
    ["ARRAY(SELECT VALUE x FROM x IN c.list WHERE IS_NUMBER(x))", [1]],
    ["(SELECT VALUE COUNT(1) FROM x IN c.list)", 3],
    ["(SELECT VALUE x.n FROM x IN c.list WHERE IS_OBJECT(x))", 3],
    [
      "ARRAY(SELECT x AS item FROM x IN c.list ORDER BY x DESC OFFSET 1 LIMIT 1)",
      [{ item: "two" }],
    ],
    ["(SELECT VALUE 1 WHERE false)", "undefined"],
  ]);
});

test("a parameter takes the place of any value", () => {
  const given = { "@n": 1, "@list": [1, 2], "@missing": null };
  expect(evaluate("c.a = @n AND ARRAY_CONTAINS(@list, c.a)", document, given)).toBe(true);
});
