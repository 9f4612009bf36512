import type { JsonObject, JsonValue } from "../../local/cosmos/json.ts";
import { prepareQuery, type QueryRequest, runQuery } from "../../local/cosmos/sql/query.ts";
import type { Source } from "../../local/cosmos/sql/source.ts";
import { arraySource } from "./array-source.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const MAX_PAGES = 10_000;

type Parameters = Readonly<Record<string, JsonValue>>;

/** All rows of a query, page after page. */
export const runAll = (
  text: string,
  sources: readonly Source[],
  options: Partial<QueryRequest> = {},
): JsonValue[] => {
  const rows: JsonValue[] = [];
  let continuation: string | undefined;
  let pages = 0;
  do {
    if (++pages > MAX_PAGES) throw new Error("The query does not come to an end.");
    const page = runQuery({
      maxItemCount: -1,
      now: NOW,
      ...options,
      query: prepareQuery(text),
      sources,
      continuation,
    });
    rows.push(...page.rows.map((row) => JSON.parse(row) as JsonValue));
    continuation = page.continuation;
  } while (continuation !== undefined);
  return rows;
};

/** All rows of a query over these documents. */
export const query = (
  text: string,
  documents: readonly JsonObject[] = [{}],
  parameters: Parameters = {},
): JsonValue[] =>
  runAll(text, [arraySource(documents)], {
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  });

/** The value of one expression, or the text "undefined". */
export const evaluate = (
  expression: string,
  document: JsonObject = {},
  parameters: Parameters = {},
): JsonValue => {
  const [row] = query(`SELECT VALUE [${expression}] FROM c`, [document], parameters);
  const [value] = row as JsonValue[];
  return value === undefined ? "undefined" : value;
};
