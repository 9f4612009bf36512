import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../local/cosmos/json.ts";
import { evaluate } from "./run.ts";

const cases = (rows: readonly (readonly [string, JsonValue])[]): void => {
  test.each(rows)("%s is %j", (expression, expected) => {
    expect(evaluate(expression, { list: [1, 2, 3], o: { a: 1, b: 2 } })).toEqual(expected);
  });
};

describe("type checks", () => {
  cases([
    ["IS_DEFINED(c.list)", true],
    ["IS_DEFINED(c.none)", false],
    ["is_null(null)", true],
    ["IS_NULL(c.none)", false],
    ["IS_PRIMITIVE(1)", true],
    ["IS_PRIMITIVE([])", false],
    ["IS_INTEGER(1.5)", false],
    ["IS_OBJECT(c.list)", false],
    ["IS_ARRAY(c.list)", true],
    ["IIF(1 = 1, 'yes', 'no')", "yes"],
    ["IIF(c.none, 'yes', 'no')", "no"],
  ]);
});

describe("strings", () => {
  cases([
    ["CONCAT('a', 'b', 'c')", "abc"],
    ["CONCAT('a', 1)", "undefined"],
    ["CONTAINS('Abc', 'b')", true],
    ["CONTAINS('Abc', 'B')", false],
    ["CONTAINS('Abc', 'B', true)", true],
    ["STARTSWITH('Abc', 'aB', true)", true],
    ["ENDSWITH('abc', 'bc')", true],
    ["STRINGEQUALS('a', 'A', true)", true],
    ["StringEquals('a', 'A')", false],
    ["INDEX_OF('abcabc', 'c')", 2],
    ["INDEX_OF('abcabc', 'c', 3)", 5],
    ["INDEX_OF('abc', 'x')", -1],
    ["LEFT('abc', 2)", "ab"],
    ["RIGHT('abc', 2)", "bc"],
    ["RIGHT('abc', 9)", "abc"],
    ["SUBSTRING('abcdef', 1, 3)", "bcd"],
    ["LENGTH('abc')", 3],
    ["LENGTH(c.list)", "undefined"],
    ["UPPER('aé')", "AÉ"],
    ["TRIM('  a ')", "a"],
    ["LTRIM('xxax', 'x')", "ax"],
    ["RTRIM('a  ')", "a"],
    ["REPLACE('a.b.c', '.', '-')", "a-b-c"],
    ["REPLICATE('ab', 2)", "abab"],
    ["REVERSE('abc')", "cba"],
    ["RegexMatch('abcd', 'B.', 'i')", true],
    ["REGEXMATCH('abcd', '^b')", false],
    ["StringSplit('a,b', ',')", ["a", "b"]],
    ["StringJoin(['a', 'b'], '-')", "a-b"],
  ]);
});

describe("conversions", () => {
  cases([
    ["ToString(1.5)", "1.5"],
    ["ToString({a: [1]})", '{"a":[1]}'],
    ["StringToNumber(' 1.5e2 ')", 150],
    ["StringToNumber('x')", "undefined"],
    ["StringToBoolean('true')", true],
    ["StringToNull('null')", null],
    ["StringToArray('[1, 2]')", [1, 2]],
    ["StringToObject('{\"a\": 1}')", { a: 1 }],
    ["StringToObject('[1]')", "undefined"],
  ]);
});

describe("numbers", () => {
  cases([
    ["ABS(-2)", 2],
    ["CEILING(1.2) + FLOOR(1.8)", 3],
    ["ROUND(2.5)", 3],
    ["ROUND(-2.5)", -3],
    ["ROUND(1.256, 2)", 1.26],
    ["TRUNC(-1.7)", -1],
    ["POWER(2, 10)", 1024],
    ["SQRT(-1)", "undefined"],
    ["SIGN(-5)", -1],
    ["LOG(8, 2)", 3],
    ["PI() > 3", true],
    ["NumberBin(37, 10)", 30],
    ["IntAdd(2, 3)", 5],
    ["IntDiv(7, 2)", 3],
    ["IntDiv(7, 0)", "undefined"],
    ["ABS('x')", "undefined"],
  ]);
});

describe("arrays", () => {
  cases([
    ["ARRAY_CONTAINS(c.list, 2)", true],
    ["ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1})", false],
    ["ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1}, true)", true],
    ["ARRAY_CONTAINS(c.none, 1)", "undefined"],
    ["ARRAY_CONTAINS_ANY(c.list, 9, 3)", true],
    ["ARRAY_CONTAINS_ALL(c.list, [1, 9])", false],
    ["ARRAY_LENGTH(c.list)", 3],
    ["ARRAY_SLICE(c.list, 1)", [2, 3]],
    ["ARRAY_SLICE(c.list, -2, 1)", [2]],
    ["ARRAY_CONCAT([1], [2], [[3]])", [1, 2, [3]]],
    ["SetIntersect([1, 2, 2], [2, 3])", [2]],
    ["SetUnion([1, 2], [2, 3])", [1, 2, 3]],
    ["CHOOSE(2, 'a', 'b')", "b"],
    ["CHOOSE(3, 'a', 'b')", "undefined"],
    [
      "ObjectToArray(c.o)",
      [
        { k: "a", v: 1 },
        { k: "b", v: 2 },
      ],
    ],
  ]);
});

describe("dates", () => {
  cases([
    ["GetCurrentTimestamp()", Date.UTC(2026, 0, 2, 3, 4, 5)],
    ["GetCurrentDateTime()", "2026-01-02T03:04:05.0000000Z"],
    ["DateTimeAdd('mm', 1, '2024-01-31T00:00:00.0000000Z')", "2024-02-29T00:00:00.0000000Z"],
    ["DateTimeAdd('second', -1, '2024-01-01T00:00:00.0000001Z')", "2023-12-31T23:59:59.0000001Z"],
    ["DateTimeDiff('yyyy', '2023-12-31T23:59:59Z', '2024-01-01T00:00:00Z')", 1],
    ["DateTimeDiff('hour', '2024-01-01T00:59:00Z', '2024-01-01T03:01:00Z')", 3],
    ["DateTimePart('ns', '2024-01-01T00:00:00.1234567Z')", 123456700],
    ["DateTimePart('month', '2024-05-06')", 5],
    ["DateTimeToTimestamp('2024-01-01T00:00:00.0000000Z')", 1704067200000],
    ["TimestampToDateTime(1704067200123)", "2024-01-01T00:00:00.1230000Z"],
    ["DateTimeFromParts(2024, 2, 29, 12)", "2024-02-29T12:00:00.0000000Z"],
    ["DateTimeFromParts(2023, 2, 29)", "undefined"],
    ["DateTimeBin('2024-05-06T07:08:09Z', 'hour', 6)", "2024-05-06T06:00:00.0000000Z"],
    ["DateTimeToTimestamp('yesterday')", "undefined"],
  ]);
});
