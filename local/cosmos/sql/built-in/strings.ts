import type { Value } from "../ast.ts";
import { isArray } from "../value-order.ts";
import { isNumber, isString, ofString, type ScalarFunction, scalar } from "./scalar-function.ts";

/** Longest text that a function may make. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** A question about two texts with an optional third argument: ignore case. */
const matching = (holds: (text: string, other: string) => boolean): ScalarFunction =>
  scalar(2, 3, ([text, other, ignoreCase = false]) => {
    if (!isString(text) || !isString(other) || typeof ignoreCase !== "boolean") return undefined;
    return ignoreCase ? holds(text.toLowerCase(), other.toLowerCase()) : holds(text, other);
  });

/** A part of a text, cut by a number. */
const part = (cut: (text: string, length: number) => string): ScalarFunction =>
  scalar(2, 2, ([text, length]) =>
    isString(text) && isNumber(length) ? cut(text, Math.trunc(length)) : undefined,
  );

/** Removes blanks, or the characters given as second argument. */
const trimming = (pattern: (set: string) => RegExp): ScalarFunction =>
  scalar(1, 2, ([text, characters]) => {
    if (!isString(text) || !(characters === undefined || isString(characters))) return undefined;
    const set = characters?.replaceAll(/[\\\]^-]/g, "\\$&") ?? "\\s";
    return set === "" ? text : text.replace(pattern(set), "");
  });

const indexOf = ([text, other, start = 0]: readonly Value[]): Value =>
  isString(text) && isString(other) && isNumber(start) && start >= 0
    ? text.indexOf(other, start)
    : undefined;

const substring = ([text, start, length]: readonly Value[]): Value => {
  if (!isString(text) || !isNumber(start) || !isNumber(length)) return undefined;
  const from = Math.max(0, Math.trunc(start));
  return text.slice(from, from + Math.max(0, Math.trunc(length)));
};

const replicate = ([text, times]: readonly Value[]): Value => {
  if (!isString(text) || !isNumber(times) || times < 0) return undefined;
  if (text.length * times > MAX_CHARACTERS) return undefined;
  return text.repeat(Math.trunc(times));
};

const replaceAll = ([text, from, to]: readonly Value[]): Value => {
  if (!isString(text) || !isString(from) || !isString(to)) return undefined;
  return from === "" ? text : text.split(from).join(to);
};

/** Compiled patterns of RegexMatch; a query uses few, with each document. */
const patterns = new Map<string, RegExp | undefined>();

const regexMatch = ([text, pattern, modifiers = ""]: readonly Value[]): Value => {
  if (!isString(text) || !isString(pattern) || !isString(modifiers)) return undefined;
  const key = `${modifiers}/${pattern}`;
  if (!patterns.has(key)) {
    if (patterns.size >= 100) patterns.clear();
    patterns.set(key, regularExpression(pattern, modifiers));
  }
  return patterns.get(key)?.test(text);
};

const regularExpression = (pattern: string, modifiers: string): RegExp | undefined => {
  if (!/^[imsx]*$/.test(modifiers)) return undefined;
  const source = modifiers.includes("x") ? pattern.replaceAll(/\s+/g, "") : pattern;
  const flags = [...new Set(modifiers.replaceAll("x", ""))].join("");
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
};

const split = ([text, separator]: readonly Value[]): Value =>
  isString(text) && isString(separator) ? text.split(separator) : undefined;

const join = ([items, separator]: readonly Value[]): Value =>
  isArray(items) && isString(separator) && items.every(isString)
    ? items.join(separator)
    : undefined;

/** Functions of texts; positions and lengths count UTF-16 code units. */
export const STRING_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  CONCAT: scalar(2, Number.POSITIVE_INFINITY, (args) =>
    args.every(isString) ? args.join("") : undefined,
  ),
  CONTAINS: matching((text, other) => text.includes(other)),
  STARTSWITH: matching((text, other) => text.startsWith(other)),
  ENDSWITH: matching((text, other) => text.endsWith(other)),
  STRINGEQUALS: matching((text, other) => text === other),
  INDEX_OF: scalar(2, 3, indexOf),
  LEFT: part((text, length) => text.slice(0, Math.max(0, length))),
  RIGHT: part((text, length) => (length <= 0 ? "" : text.slice(-length))),
  SUBSTRING: scalar(3, 3, substring),
  LENGTH: ofString((text) => text.length),
  LOWER: ofString((text) => text.toLowerCase()),
  UPPER: ofString((text) => text.toUpperCase()),
  REVERSE: ofString((text) => [...text].reverse().join("")),
  TRIM: trimming((set) => new RegExp(`^[${set}]+|[${set}]+$`, "g")),
  LTRIM: trimming((set) => new RegExp(`^[${set}]+`)),
  RTRIM: trimming((set) => new RegExp(`[${set}]+$`)),
  REPLACE: scalar(3, 3, replaceAll),
  REPLICATE: scalar(2, 2, replicate),
  REGEXMATCH: scalar(2, 3, regexMatch),
  STRINGSPLIT: scalar(2, 2, split),
  STRINGJOIN: scalar(2, 2, join),
};
