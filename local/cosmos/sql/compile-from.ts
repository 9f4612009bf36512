import type { Expression, FromSource, Value } from "./ast.ts";
import type { CompileSubquery, ExpressionCompiler } from "./compile-expression.ts";
import { type Compiled, DOCUMENT_SLOT, type Row } from "./row.ts";
import type { Scope } from "./scope.ts";
import { semanticError } from "./syntax-error.ts";
import { isArray } from "./value-order.ts";

/** Binds the sources of FROM one combination after the other and visits each. */
export type EachRow = (row: Row, visit: () => void) => void;

export type FromCompiler = {
  readonly compile: ExpressionCompiler;
  readonly compileSubquery: CompileSubquery;
};

/**
 * Compiles a FROM clause and declares its aliases in `scope`.
 *
 * shape   isOutermost: the first source is the container, whatever it is called
 */
export const compileFrom = (
  sources: readonly FromSource[],
  scope: Scope,
  compiler: FromCompiler & { readonly isOutermost: boolean },
): EachRow => {
  let each: EachRow = (_, visit) => visit();
  sources.forEach((source, index) => {
    const isContainer = compiler.isOutermost && index === 0;
    each = nested(each, compileSource(source, scope, { ...compiler, isContainer }));
  });
  return each;
};

const nested =
  (outer: EachRow, inner: EachRow): EachRow =>
  (row, visit) =>
    outer(row, () => inner(row, visit));

type SourceCompiler = FromCompiler & { readonly isContainer: boolean };

const compileSource = (source: FromSource, scope: Scope, compiler: SourceCompiler): EachRow => {
  const { alias, iterates, collection } = source;
  if (compiler.isContainer && !iterates && isWholeContainer(collection)) {
    scope.declare(alias, DOCUMENT_SLOT);
    return (_, visit) => visit();
  }
  const values = collectionValues(collection, scope, compiler);
  const slot = scope.declare(alias);
  return (row, visit) => {
    for (const value of values(row)) {
      if (!iterates) {
        row.slots[slot] = value;
        visit();
        continue;
      }
      if (!isArray(value)) continue;
      for (const item of value) {
        row.slots[slot] = item;
        visit();
      }
    }
  };
};

/** The name of the container, or a query whose rows take the place of documents. */
const isWholeContainer = ({ kind }: Expression): boolean =>
  kind === "identifier" || kind === "subquery";

const collectionValues = (
  collection: Expression,
  scope: Scope,
  compiler: SourceCompiler,
): ((row: Row) => readonly Value[]) => {
  if (collection.kind === "subquery" && !compiler.isContainer) {
    return compiler.compileSubquery(collection.query, scope);
  }
  const path = compiler.isContainer
    ? containerPath(collection, scope, compiler)
    : compiler.compile(collection, scope);
  return (row) => {
    const value = path(row);
    return value === undefined ? [] : [value];
  };
};

/** A path whose first name is the container: `c.items` where no `c` was declared. */
const containerPath = (
  collection: Expression,
  scope: Scope,
  { compile }: SourceCompiler,
): Compiled => {
  if (collection.kind === "subquery") return (row) => row.slots[DOCUMENT_SLOT];
  const inner = scope.within(undefined);
  inner.declare(rootName(collection), DOCUMENT_SLOT);
  return compile(collection, inner);
};

/** The identifier that a path begins with. */
export const rootName = (path: Expression): string => {
  if (path.kind === "identifier") return path.name;
  if (path.kind === "member") return rootName(path.object);
  throw semanticError("A source of the FROM clause must be a path.");
};
