import type { BinaryOperator, Expression, ObjectProperty, Query, UnaryOperator } from "./ast.ts";
import type { TokenStream } from "./token-stream.ts";

/** Parses a subquery after its opening parenthesis; given by the grammar of queries. */
export type ParseQuery = (tokens: TokenStream) => Query;

/**
 * Parses one scalar expression.
 *
 * source  precedence: Azure/azure-sdk-for-rust, azure_data_cosmos_driver/src/query/parser
 */
export const parseExpression = (tokens: TokenStream, parseQuery: ParseQuery): Expression =>
  new ExpressionParser(tokens, parseQuery).expression();

/** Parses an identifier with its properties and indexes: what FROM reads from. */
export const parsePath = (tokens: TokenStream, parseQuery: ParseQuery): Expression => {
  const { start } = tokens.peek();
  const root: Expression = { kind: "identifier", name: tokens.name(), position: start };
  return new ExpressionParser(tokens, parseQuery).members(root);
};

/** Operators from loosest to tightest; each level is left-associative. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["=", "!=", "<", "<=", ">", ">="],
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>", ">>>"],
  ["||"],
  ["+", "-"],
  ["*", "/", "%"],
];

const UNARY: readonly UnaryOperator[] = ["NOT", "-", "+", "~"];

class ExpressionParser {
  readonly #tokens: TokenStream;
  readonly #parseQuery: ParseQuery;

  constructor(tokens: TokenStream, parseQuery: ParseQuery) {
    this.#tokens = tokens;
    this.#parseQuery = parseQuery;
  }

  expression(): Expression {
    return this.#tokens.nested(() => this.#conditional());
  }

  #conditional(): Expression {
    const condition = this.#coalesce();
    if (!this.#tokens.accept("?")) return condition;
    const whenTrue = this.expression();
    this.#tokens.expect(":");
    return { kind: "conditional", condition, whenTrue, whenFalse: this.expression() };
  }

  #coalesce(): Expression {
    const left = this.#or();
    if (!this.#tokens.accept("??")) return left;
    return binary(
      "??",
      left,
      this.#tokens.nested(() => this.#coalesce()),
    );
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#tokens.accept("OR")) left = binary("OR", left, this.#and());
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#tokens.accept("AND")) left = binary("AND", left, this.#not());
    return left;
  }

  #not(): Expression {
    if (!this.#tokens.accept("NOT")) return this.#condition();
    return not(this.#tokens.nested(() => this.#not()));
  }

  /** A comparison, or one of [NOT] IN, BETWEEN, LIKE. */
  #condition(): Expression {
    const value = this.#binary(0);
    const tokens = this.#tokens;
    const negated =
      tokens.at("NOT") && ["IN", "BETWEEN", "LIKE"].some((word) => tokens.at(word, 1));
    if (negated) tokens.take();
    const condition = this.#membership(value);
    return negated && condition ? not(condition) : (condition ?? value);
  }

  #membership(value: Expression): Expression | undefined {
    const tokens = this.#tokens;
    if (tokens.accept("IN")) {
      tokens.expect("(");
      return { kind: "in", value, items: this.#list(")") };
    }
    if (tokens.accept("BETWEEN")) {
      const low = this.#binary(1);
      tokens.expect("AND");
      return { kind: "between", value, low, high: this.#binary(1) };
    }
    if (tokens.accept("LIKE")) {
      const pattern = this.#binary(1);
      if (!tokens.accept("ESCAPE")) return { kind: "like", value, pattern };
      const token = tokens.take();
      if (token.kind !== "string" || token.text.length !== 1) throw tokens.unexpected(token);
      return { kind: "like", value, pattern, escape: token.text };
    }
    return undefined;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, sign } = this.#tokens.peek();
      const operator = operators.find((one) => one === (sign === "<>" ? "!=" : sign));
      if (kind !== "symbol" || !operator) return left;
      this.#tokens.take();
      left = binary(operator, left, this.#binary(level + 1));
    }
  }

  #unary(): Expression {
    const operator = UNARY.find((one) => this.#tokens.at(one));
    if (!operator) return this.members(this.#primary());
    this.#tokens.take();
    const operand = this.#tokens.nested(() => this.#unary());
    if (operator === "-" && operand.kind === "literal" && typeof operand.value === "number") {
      return { kind: "literal", value: -operand.value };
    }
    return { kind: "unary", operator, operand };
  }

  /** Reads `.name`, `["name"]` and `[0]` after an expression. */
  members(root: Expression): Expression {
    const tokens = this.#tokens;
    let object = root;
    for (;;) {
      if (tokens.accept(".")) {
        object = { kind: "member", object, key: { kind: "literal", value: tokens.name() } };
      } else if (tokens.accept("[")) {
        object = { kind: "member", object, key: this.expression() };
        tokens.expect("]");
      } else {
        return object;
      }
    }
  }

  #primary(): Expression {
    const tokens = this.#tokens;
    const token = tokens.peek();
    if (token.kind === "number") return { kind: "literal", value: Number(tokens.take().text) };
    if (token.kind === "string") return { kind: "literal", value: tokens.take().text };
    if (token.kind === "parameter") {
      return { kind: "parameter", name: tokens.take().text, position: token.start };
    }
    if (tokens.accept("(")) return this.#parenthesis();
    if (tokens.accept("[")) return { kind: "array", items: this.#list("]") };
    if (tokens.accept("{")) return { kind: "object", properties: this.#properties() };
    if (tokens.at("(", 1) && (tokens.at("EXISTS") || tokens.at("ARRAY"))) {
      const form = tokens.take().sign === "EXISTS" ? "exists" : "array";
      tokens.expect("(");
      return this.#subquery(form);
    }
    if (tokens.at("UDF")) return this.#udf();
    return KEYWORD_LITERALS.get(token.kind === "word" ? token.sign : "")
      ? this.#keyword()
      : this.#nameOrCall();
  }

  #keyword(): Expression {
    return KEYWORD_LITERALS.get(this.#tokens.take().sign) ?? { kind: "literal", value: undefined };
  }

  #nameOrCall(): Expression {
    const tokens = this.#tokens;
    const { start: position } = tokens.peek();
    const name = tokens.name();
    if (!tokens.accept("(")) return { kind: "identifier", name, position };
    return { kind: "call", name, isUdf: false, args: this.#list(")"), position };
  }

  #udf(): Expression {
    const tokens = this.#tokens;
    const { start: position } = tokens.take();
    tokens.expect(".");
    const name = tokens.name();
    tokens.expect("(");
    return { kind: "call", name, isUdf: true, args: this.#list(")"), position };
  }

  #parenthesis(): Expression {
    if (this.#tokens.at("SELECT")) return this.#subquery("scalar");
    const inner = this.expression();
    this.#tokens.expect(")");
    return inner;
  }

  #subquery(form: "scalar" | "exists" | "array"): Expression {
    const query = this.#tokens.nested(() => this.#parseQuery(this.#tokens));
    this.#tokens.expect(")");
    return { kind: "subquery", form, query };
  }

  #list(closing: string): Expression[] {
    const items: Expression[] = [];
    if (this.#tokens.accept(closing)) return items;
    do items.push(this.expression());
    while (this.#tokens.accept(","));
    this.#tokens.expect(closing);
    return items;
  }

  #properties(): ObjectProperty[] {
    const tokens = this.#tokens;
    const properties: ObjectProperty[] = [];
    if (tokens.accept("}")) return properties;
    do {
      const name = tokens.peek().kind === "string" ? tokens.take().text : tokens.name();
      tokens.expect(":");
      properties.push({ name, value: this.expression() });
    } while (tokens.accept(","));
    tokens.expect("}");
    return properties;
  }
}

const KEYWORD_LITERALS = new Map<string, Expression>([
  ["TRUE", { kind: "literal", value: true }],
  ["FALSE", { kind: "literal", value: false }],
  ["NULL", { kind: "literal", value: null }],
  ["UNDEFINED", { kind: "literal", value: undefined }],
]);

const not = (operand: Expression): Expression => ({ kind: "unary", operator: "NOT", operand });

const binary = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({
  kind: "binary",
  operator,
  left,
  right,
});
