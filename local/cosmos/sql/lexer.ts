import { syntaxError } from "./syntax-error.ts";

export type TokenKind = "word" | "number" | "string" | "parameter" | "symbol" | "end";

export type Token = {
  readonly kind: TokenKind;
  /** As written, but the value of a string. */
  readonly text: string;
  /** Upper case of a word, the text of anything else: what the grammar compares. */
  readonly sign: string;
  readonly start: number;
};

/** Splits a query into tokens; the last is always of kind `end`. */
export const tokenize = (query: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipBlank(query, at);
    if (at >= query.length) break;
    const [token, next] = readToken(query, at);
    tokens.push(token);
    at = next;
  }
  tokens.push({ kind: "end", text: "", sign: "", start: query.length });
  return tokens;
};

const BLANK = /(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /@[\p{L}\p{N}_$]+/uy;
const SYMBOL = />>>|<<|>>|<=|>=|!=|<>|\?\?|\|\||[-+*/%&|^~=<>?:.,()[\]{}]/y;

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

const skipBlank = (query: string, at: number): number =>
  at + (matchAt(BLANK, query, at)?.length ?? 0);

const readToken = (query: string, start: number): readonly [Token, number] => {
  const first = query.charAt(start);
  if (first === "'" || first === '"') return readString(query, start);
  for (const [kind, pattern] of PATTERNS) {
    const text = matchAt(pattern, query, start);
    if (text === undefined) continue;
    const sign = kind === "word" ? text.toUpperCase() : text;
    return [{ kind, text, sign, start }, start + text.length];
  }
  throw syntaxError(first, start);
};

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ["word", WORD],
  ["number", NUMBER],
  ["parameter", PARAMETER],
  ["symbol", SYMBOL],
];

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const readString = (query: string, start: number): readonly [Token, number] => {
  const quote = query.charAt(start);
  let text = "";
  let at = start + 1;
  for (;;) {
    const character = query.charAt(at);
    if (character === "") throw syntaxError(query.slice(start), start);
    if (character === quote) break;
    if (character !== "\\") {
      text += character;
      at += 1;
      continue;
    }
    const escaped = query.charAt(at + 1);
    const hex = escaped === "u" ? /^[0-9a-fA-F]{4}/.exec(query.slice(at + 2, at + 6)) : null;
    if (escaped === "u" && !hex) throw syntaxError(query.slice(start, at + 2), start);
    text += hex ? String.fromCharCode(Number.parseInt(hex[0], 16)) : (ESCAPES[escaped] ?? escaped);
    at += hex ? 6 : 2;
  }
  return [{ kind: "string", text, sign: `'${text}'`, start }, at + 1];
};
