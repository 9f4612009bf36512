import { badRequest } from "../cosmos-error.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import { prepareQuery, type QueryParameter, runQuery } from "../sql/query.ts";
import type { Source } from "../sql/source.ts";
import type { PageRequest, ScriptPage } from "./run-script.ts";

/**
 * Answers one page of a script's query.
 *
 * errors  400 for a query that is none, with the place in its text; 501 for what SQL here lacks
 */
export const runScriptQuery = (
  { source, nowMs }: { readonly source: Source; readonly nowMs: number },
  text: string,
  { pageSize, continuation }: PageRequest,
): ScriptPage => {
  const { query, parameters } = parse(text);
  const page = runQuery({
    query: prepareQuery(query),
    parameters,
    sources: [source],
    maxItemCount: pageSize,
    continuation: continuation === "" ? undefined : continuation,
    now: nowMs,
  });
  const scanned = Math.max(0, page.retrievedCount - page.rows.length);
  return { rows: page.rows, continuation: page.continuation, scanned };
};

type ScriptQuery = { readonly query: string; readonly parameters: readonly QueryParameter[] };

const parse = (text: string): ScriptQuery => {
  const spec = JSON.parse(text) as JsonValue;
  if (!isJsonObject(spec) || typeof spec.query !== "string") {
    throw badRequest("A query is a text or an object with the text in `query`.");
  }
  const { query, parameters = [] } = spec;
  if (!Array.isArray(parameters) || !parameters.every(isParameter)) {
    throw badRequest("`parameters` of a query is an array of objects with `name` and `value`.");
  }
  return { query, parameters };
};

const isParameter = (value: JsonValue): value is QueryParameter =>
  isJsonObject(value) && typeof value.name === "string";
