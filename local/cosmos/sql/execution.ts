import type { Value } from "./ast.ts";
import type { CompiledQuery } from "./compile-query.ts";
import type { Resume } from "./continuation.ts";
import type { ResultPage } from "./result-page.ts";
import { DOCUMENT_SLOT, type Row } from "./row.ts";
import type { RowWindow } from "./row-window.ts";
import type { Source, SourceItem } from "./source.ts";

/** One page of one query while it is made. */
export type Execution = {
  readonly query: CompiledQuery;
  readonly sources: readonly Source[];
  readonly row: Row;
  readonly window: RowWindow;
  readonly page: ResultPage;
  /** Counts the documents that were read. */
  readonly retrieved: { count: number };
};

/** Fills the page; what it returns is where the next one begins, undefined at the end. */
export type FillPage = (execution: Execution, resume: Resume | undefined) => Resume | undefined;

/** Binds a document, parsed only if some expression looks into it. */
export const bindDocument = ({ query, row, retrieved }: Execution, item: SourceItem): void => {
  retrieved.count += 1;
  row.slots[DOCUMENT_SLOT] = query.readsValue ? item.value : undefined;
};

/** The JSON text of a result; a whole document keeps the text that was stored. */
export const resultText = (
  { query }: Execution,
  value: Value,
  item: SourceItem | undefined,
): string => (query.isWholeDocument && item ? item.text : JSON.stringify(value));
