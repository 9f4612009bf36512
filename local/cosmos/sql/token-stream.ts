import type { Token } from "./lexer.ts";
import { syntaxError } from "./syntax-error.ts";

/** Words that are never an alias, a property after a dot, or the name of a source. */
const RESERVED = new Set(
  `AND ARRAY AS ASC BETWEEN BY DESC DISTINCT ESCAPE EXISTS FALSE FROM GROUP HAVING IN IS JOIN LIKE
  LIMIT NOT NULL OFFSET OR ORDER SELECT TOP TRUE UDF UNDEFINED VALUE WHERE`.split(/\s+/),
);

/** A place in the tokens of one query, moving forward only. */
export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1);
    if (!token) throw syntaxError("", 0);
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Tells whether the next token is this keyword or symbol. */
  at(sign: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.sign === sign && (token.kind === "word" || token.kind === "symbol");
  }

  accept(sign: string): boolean {
    if (!this.at(sign)) return false;
    this.#at += 1;
    return true;
  }

  expect(sign: string): void {
    if (!this.accept(sign)) throw this.unexpected();
  }

  atName(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "word" && !RESERVED.has(token.sign);
  }

  name(): string {
    if (!this.atName()) throw this.unexpected();
    return this.take().text;
  }

  unexpected(token: Token = this.peek()): Error {
    return syntaxError(token.kind === "string" ? token.sign : token.text, token.start);
  }

  /** Runs a nested rule; a query nests only so deep before the stack of the parser would. */
  nested<T>(rule: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) throw this.unexpected();
    const result = rule();
    this.#depth -= 1;
    return result;
  }
}

const MAX_NESTING = 200;
