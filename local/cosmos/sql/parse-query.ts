import { notImplemented } from "../cosmos-error.ts";
import type { Expression, FromSource, OrderItem, Query, Select, SelectItem } from "./ast.ts";
import { tokenize } from "./lexer.ts";
import { parseExpression, parsePath } from "./parse-expression.ts";
import { syntaxError } from "./syntax-error.ts";
import { TokenStream } from "./token-stream.ts";

/** Longest query text the service takes. */
const MAX_QUERY_CHARACTERS = 512 * 1024;

/**
 * Parses the text of a query.
 *
 * errors  400 with the token and its position when the text is not Cosmos DB SQL
 * source  https://learn.microsoft.com/azure/cosmos-db/concepts-limits (length of a query)
 */
export const parseQuery = (text: string): Query => {
  if (text.length > MAX_QUERY_CHARACTERS) throw syntaxError(text.slice(0, 40), 0);
  const tokens = new TokenStream(tokenize(text));
  const query = select(tokens);
  if (tokens.peek().kind !== "end") throw tokens.unexpected();
  return query;
};

/** Parses the condition of a patch: `FROM c WHERE …`. */
export const parseCondition = (text: string): Query => {
  const tokens = new TokenStream(tokenize(text));
  const query = clauses(tokens, { distinct: false, top: undefined, select: { kind: "star" } });
  if (tokens.peek().kind !== "end") throw tokens.unexpected();
  return query;
};

const select = (tokens: TokenStream): Query => {
  tokens.expect("SELECT");
  const distinct = tokens.accept("DISTINCT");
  const top = tokens.accept("TOP") ? count(tokens) : undefined;
  return clauses(tokens, { distinct, top, select: projection(tokens) });
};

const clauses = (tokens: TokenStream, head: Pick<Query, "distinct" | "top" | "select">): Query => {
  const from = tokens.accept("FROM") ? sources(tokens) : [];
  const where = tokens.accept("WHERE") ? expression(tokens) : undefined;
  const groupBy = keywords(tokens, "GROUP", "BY") ? separated(tokens, expression) : [];
  const orderBy = keywords(tokens, "ORDER", "BY") ? separated(tokens, orderItem) : [];
  const offset = tokens.accept("OFFSET") ? count(tokens) : undefined;
  if (offset) tokens.expect("LIMIT");
  const limit = offset ? count(tokens) : undefined;
  return { ...head, from, where, groupBy, orderBy, offset, limit };
};

const projection = (tokens: TokenStream): Select => {
  if (tokens.accept("*")) return { kind: "star" };
  if (tokens.accept("VALUE")) return { kind: "value", expression: expression(tokens) };
  return { kind: "list", items: separated(tokens, selectItem) };
};

const selectItem = (tokens: TokenStream): SelectItem => {
  const item = expression(tokens);
  const alias = optionalAlias(tokens);
  return alias === undefined ? { expression: item } : { expression: item, alias };
};

const sources = (tokens: TokenStream): FromSource[] => {
  const all = [source(tokens)];
  while (tokens.accept("JOIN")) all.push(source(tokens));
  return all;
};

const source = (tokens: TokenStream): FromSource => {
  if (tokens.atName() && tokens.at("IN", 1)) {
    const alias = tokens.name();
    tokens.expect("IN");
    return { alias, iterates: true, collection: collection(tokens) };
  }
  const path = collection(tokens);
  return { alias: optionalAlias(tokens) ?? lastName(path), iterates: false, collection: path };
};

const collection = (tokens: TokenStream): Expression => {
  if (!tokens.accept("(")) return parsePath(tokens, select);
  const query = tokens.nested(() => select(tokens));
  tokens.expect(")");
  return { kind: "subquery", form: "array", query };
};

const lastName = (path: Expression): string | undefined => {
  if (path.kind === "identifier") return path.name;
  if (path.kind !== "member" || path.key.kind !== "literal") return undefined;
  return typeof path.key.value === "string" ? path.key.value : undefined;
};

const orderItem = (tokens: TokenStream): OrderItem => {
  if (tokens.at("RANK") && !tokens.at(".", 1)) throw notImplemented("ORDER BY RANK");
  const item = expression(tokens);
  const descending = tokens.accept("DESC");
  if (!descending) tokens.accept("ASC");
  return { expression: item, descending };
};

/** A number or a parameter: what TOP, OFFSET and LIMIT take. */
const count = (tokens: TokenStream): Expression => {
  const token = tokens.take();
  if (token.kind === "parameter") {
    return { kind: "parameter", name: token.text, position: token.start };
  }
  const value = Number(token.text);
  if (token.kind !== "number" || !Number.isSafeInteger(value)) throw tokens.unexpected(token);
  return { kind: "literal", value };
};

const optionalAlias = (tokens: TokenStream): string | undefined =>
  tokens.accept("AS") || tokens.atName() ? tokens.name() : undefined;

const expression = (tokens: TokenStream): Expression => parseExpression(tokens, select);

const keywords = (tokens: TokenStream, first: string, second: string): boolean => {
  if (!tokens.accept(first)) return false;
  tokens.expect(second);
  return true;
};

const separated = <T>(tokens: TokenStream, rule: (tokens: TokenStream) => T): T[] => {
  const items: T[] = [];
  do items.push(rule(tokens));
  while (tokens.accept(","));
  return items;
};
