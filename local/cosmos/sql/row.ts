import type { Value } from "./ast.ts";
import type { FunctionContext } from "./built-in/scalar-function.ts";

/** What expressions are evaluated on; one is reused for all documents of a query. */
export type Row = FunctionContext & {
  /** Values of the query's sources; 0 is the document. */
  readonly slots: Value[];
  /** Results of the aggregates of the query at hand. */
  aggregates: readonly Value[];
  readonly parameters: readonly Value[];
};

/** An expression ready to run; what it needs was resolved when it was compiled. */
export type Compiled = (row: Row) => Value;

export const DOCUMENT_SLOT = 0;
