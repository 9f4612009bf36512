import type { Expression, FromSource, OrderItem, Query, Select } from "./ast.ts";

/** Writes an expression as text that parses to the same expression, fully parenthesised. */
export const printExpression = (expression: Expression): string => {
  switch (expression.kind) {
    case "literal":
      return expression.value === undefined ? "undefined" : JSON.stringify(expression.value);
    case "parameter":
    case "identifier":
      return expression.name;
    case "member":
      return printMember(expression.object, expression.key);
    case "unary":
      return `(${expression.operator} ${printExpression(expression.operand)})`;
    case "binary":
      return `(${[expression.left, expression.right].map(printExpression).join(` ${expression.operator} `)})`;
    case "conditional":
      return `(${printExpression(expression.condition)} ? ${printExpression(
        expression.whenTrue,
      )} : ${printExpression(expression.whenFalse)})`;
    case "in":
      return `(${printExpression(expression.value)} IN (${printList(expression.items)}))`;
    case "between":
      return `(${printExpression(expression.value)} BETWEEN ${printExpression(
        expression.low,
      )} AND ${printExpression(expression.high)})`;
    case "like":
      return `(${printExpression(expression.value)} LIKE ${printExpression(expression.pattern)}${
        expression.escape === undefined ? "" : ` ESCAPE ${JSON.stringify(expression.escape)}`
      })`;
    case "call":
      return `${expression.isUdf ? "udf." : ""}${expression.name}(${printList(expression.args)})`;
    case "array":
      return `[${printList(expression.items)}]`;
    case "object":
      return `{${expression.properties
        .map(({ name, value }) => `${JSON.stringify(name)}: ${printExpression(value)}`)
        .join(", ")}}`;
    case "subquery":
      return `${SUBQUERY_WORDS[expression.form]}(${printQuery(expression.query)})`;
  }
};

/** Writes a query as text; parsing it gives an equal query. */
export const printQuery = (query: Query): string =>
  [
    "SELECT",
    query.distinct ? "DISTINCT" : "",
    query.top ? `TOP ${printExpression(query.top)}` : "",
    printSelect(query.select),
    query.from.length > 0 ? `FROM ${query.from.map(printSource).join(" JOIN ")}` : "",
    query.where ? `WHERE ${printExpression(query.where)}` : "",
    query.groupBy.length > 0 ? `GROUP BY ${printList(query.groupBy)}` : "",
    query.orderBy.length > 0 ? `ORDER BY ${query.orderBy.map(printOrder).join(", ")}` : "",
    query.offset && query.limit
      ? `OFFSET ${printExpression(query.offset)} LIMIT ${printExpression(query.limit)}`
      : "",
  ]
    .filter((clause) => clause !== "")
    .join(" ");

const SUBQUERY_WORDS = { scalar: "", exists: "EXISTS", array: "ARRAY" } as const;

const SIMPLE_NAME = /^[A-Za-z_]\w*$/;

const printMember = (object: Expression, key: Expression): string => {
  const name = key.kind === "literal" ? key.value : undefined;
  const owner = printExpression(object);
  if (typeof name !== "string") return `${owner}[${printExpression(key)}]`;
  return SIMPLE_NAME.test(name) ? `${owner}.${name}` : `${owner}[${JSON.stringify(name)}]`;
};

const printList = (items: readonly Expression[]): string => items.map(printExpression).join(", ");

const printSelect = (select: Select): string => {
  if (select.kind === "star") return "*";
  if (select.kind === "value") return `VALUE ${printExpression(select.expression)}`;
  return select.items
    .map(({ expression, alias }) => printExpression(expression) + (alias ? ` AS ${alias}` : ""))
    .join(", ");
};

const printSource = ({ alias, iterates, collection }: FromSource): string => {
  const text =
    collection.kind === "subquery"
      ? `(${printQuery(collection.query)})`
      : printExpression(collection);
  if (iterates) return `${alias} IN ${text}`;
  return alias === undefined || alias === text ? text : `${text} AS ${alias}`;
};

const printOrder = ({ expression, descending }: OrderItem): string =>
  `${printExpression(expression)} ${descending ? "DESC" : "ASC"}`;
