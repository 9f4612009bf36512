import type { Value } from "./ast.ts";
import { createCollector } from "./collector.ts";
import type { CompiledQuery } from "./compile-query.ts";
import type { Row } from "./row.ts";
import { rowWindow } from "./row-window.ts";

/** Evaluates a subquery for one row of the query around it. */
export const evaluateRows = (query: CompiledQuery, outer: Row): Value[] => {
  const row: Row = { ...outer, aggregates: [] };
  const collector = createCollector(query, row);
  let ordinal = 0;
  query.each(row, () => collector.add({ source: 0, rid: 0, ordinal: ordinal++ }));
  const { offset, end } = rowWindow(query, row);
  return collector
    .rows()
    .slice(offset, end)
    .map(({ value }) => value);
};
