import type { Aggregate } from "./aggregates.ts";
import type { Expression, Query, Value } from "./ast.ts";
import { type CompileSubquery, expressionCompiler, objectOf } from "./compile-expression.ts";
import { compileFrom, type EachRow } from "./compile-from.ts";
import { evaluateRows } from "./evaluate-rows.ts";
import { requireGrouped } from "./grouped-references.ts";
import { namedItems } from "./named-items.ts";
import { type Compiled, DOCUMENT_SLOT } from "./row.ts";
import { newProgram, type Program, Scope } from "./scope.ts";
import { semanticError } from "./syntax-error.ts";

/** A query ready to run on any documents, with any parameters. */
export type CompiledQuery = {
  /** FROM and WHERE: visits the combinations of sources that count. */
  readonly each: EachRow;
  readonly project: Compiled;
  /** Each result is a whole document, so that its stored text can serve. */
  readonly isWholeDocument: boolean;
  /** Each document is one row at most, bound to the document itself. */
  readonly isRowPerDocument: boolean;
  /** Some expression looks into the document, so that it must be parsed. */
  readonly readsValue: boolean;
  readonly aggregates: readonly Aggregate[];
  /** Keys of GROUP BY; undefined when the query makes no groups, empty for one group of all. */
  readonly groupBy: readonly Compiled[] | undefined;
  readonly orderBy: readonly { readonly value: Compiled; readonly descending: boolean }[];
  readonly distinct: boolean;
  readonly top: Compiled | undefined;
  readonly offset: Compiled | undefined;
  readonly limit: Compiled | undefined;
};

/** Compiles the outermost query of a text. */
export const compileQuery = (
  query: Query,
): { readonly compiled: CompiledQuery; readonly program: Program } => {
  const program = newProgram();
  return { compiled: compileIn(query, new Scope(program), true), program };
};

const compileSubquery: CompileSubquery = (query, scope) => {
  const compiled = compileIn(query, scope, false);
  return (row) => evaluateRows(compiled, row);
};

const compile = expressionCompiler(compileSubquery);

const compileIn = (query: Query, outer: Scope, isOutermost: boolean): CompiledQuery => {
  const scope = outer.within(undefined);
  const from = compileFrom(query.from, scope, { compile, compileSubquery, isOutermost });
  const where = query.where ? compile(query.where, scope) : undefined;
  const groupBy = query.groupBy.map((key) => compile(key, scope));
  const aggregates: Aggregate[] = [];
  const project = compileSelect(query, scope.within(aggregates));
  const isGrouped = groupBy.length > 0 || aggregates.length > 0;
  if (isGrouped) requireGrouped(query);
  const whole = !isGrouped && isWholeDocument(query, scope);
  const [first] = query.from;
  const isRowPerDocument =
    query.from.length === 1 && first?.collection.kind === "identifier" && !first.iterates;
  const optional = (count: Expression | undefined): Compiled | undefined =>
    count ? compile(count, scope) : undefined;
  return {
    each: where ? filtered(from, where) : from,
    project,
    isWholeDocument: whole,
    isRowPerDocument,
    readsValue: !(whole && isRowPerDocument && !where && query.orderBy.length === 0),
    aggregates,
    groupBy: isGrouped ? groupBy : undefined,
    orderBy: query.orderBy.map(({ expression, descending }) => ({
      value: compile(expression, scope),
      descending,
    })),
    distinct: query.distinct,
    top: optional(query.top),
    offset: optional(query.offset),
    limit: optional(query.limit),
  };
};

const filtered =
  (from: EachRow, where: Compiled): EachRow =>
  (row, visit) =>
    from(row, () => {
      if (where(row) === true) visit();
    });

const compileSelect = ({ select, from }: Query, scope: Scope): Compiled => {
  if (select.kind === "value") return compile(select.expression, scope);
  if (select.kind === "list") {
    return objectOf(
      namedItems(select.items).map(([name, expression]) => [name, compile(expression, scope)]),
    );
  }
  const [source] = from;
  if (!source) throw semanticError("'SELECT *' is not valid if FROM clause is omitted.");
  if (from.length > 1) throw semanticError("'SELECT *' is only valid with a single input set.");
  const slot = source.alias === undefined ? DOCUMENT_SLOT : scope.find(source.alias);
  return (row): Value => row.slots[slot ?? DOCUMENT_SLOT];
};

const isWholeDocument = ({ select, from }: Query, scope: Scope): boolean => {
  if (from[0]?.collection.kind !== "identifier") return false;
  if (select.kind === "star") {
    return from[0].alias !== undefined && scope.find(from[0].alias) === DOCUMENT_SLOT;
  }
  if (select.kind !== "value" || select.expression.kind !== "identifier") return false;
  return scope.find(select.expression.name) === DOCUMENT_SLOT;
};
