import type { Query } from "./ast.ts";
import type { Resume } from "./continuation.ts";
import type { Execution, FillPage } from "./execution.ts";
import { fillByDocument } from "./fill-by-document.ts";
import { fillFromWhole } from "./fill-by-row.ts";

/** Chooses how to read for a query, and fills the page that way. */
export const fillPage = (
  _query: Query,
  execution: Execution,
  resume: Resume | undefined,
): Resume | undefined => chooseFill(execution)(execution, resume);

const chooseFill = ({ query, sources }: Execution): FillPage => {
  const isStreaming = query.orderBy.length === 0 && !query.groupBy && !query.distinct;
  return isStreaming
    ? fillByDocument((source, afterRid) => sources[source]?.scan(afterRid) ?? [])
    : fillFromWhole((source) => sources[source]?.scan(-1) ?? []);
};
