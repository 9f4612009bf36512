import { badRequest } from "../cosmos-error.ts";
import type { JsonValue } from "../json.ts";
import type { Query, Value } from "./ast.ts";
import { type CompiledQuery, compileQuery } from "./compile-query.ts";
import { queryCheck, type Resume, readContinuation, writeContinuation } from "./continuation.ts";
import type { Execution } from "./execution.ts";
import { planFill } from "./fill-page.ts";
import { parseQuery } from "./parse-query.ts";
import { openPage } from "./result-page.ts";
import type { Row } from "./row.ts";
import { rowWindow } from "./row-window.ts";
import { emptySlots, type Program } from "./scope.ts";
import type { Source, SourceItem } from "./source.ts";

export type QueryParameter = { readonly name: string; readonly value?: JsonValue };

/** A query text, parsed and compiled; good for any number of runs. */
export type PreparedQuery = {
  readonly text: string;
  readonly query: Query;
  readonly compiled: CompiledQuery;
  readonly program: Program;
  /** The query in FROM whose rows take the place of documents. */
  readonly derived: PreparedQuery | undefined;
};

export type QueryRequest = {
  readonly query: PreparedQuery;
  readonly parameters?: readonly QueryParameter[] | undefined;
  /** What to read, in this order; several are answered as one. */
  readonly sources: readonly Source[];
  /** Items of the page; 100 when absent, -1: as many as fit into 4 MB. */
  readonly maxItemCount?: number | undefined;
  readonly continuation?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export type QueryPage = {
  /** JSON text of each result. */
  readonly rows: readonly string[];
  /** Absent when nothing follows; present also when a page is exactly full. */
  readonly continuation?: string;
  /** Documents that were read. */
  readonly retrievedCount: number;
  readonly outputBytes: number;
};

const MAX_PREPARED = 500;
/** A longer text is hardly asked twice: its values are in it. */
const MAX_KEPT_CHARACTERS = 10_000;
const prepared = new Map<string, PreparedQuery>();

/**
 * Parses and compiles a query, or finds it among those compiled lately.
 *
 * errors  400 with the place in the text, 501 for what this engine does not have
 */
export const prepareQuery = (text: string): PreparedQuery => {
  const known = prepared.get(text);
  if (known) return known;
  const fresh = prepare(text, parseQuery(text));
  if (text.length > MAX_KEPT_CHARACTERS) return fresh;
  const [oldest] = prepared.keys();
  if (prepared.size >= MAX_PREPARED && oldest !== undefined) prepared.delete(oldest);
  prepared.set(text, fresh);
  return fresh;
};

/** Compiles a query that is parsed already. */
export const prepare = (text: string, query: Query): PreparedQuery => {
  const collection = query.from[0]?.collection;
  const derived = collection?.kind === "subquery" ? prepare(text, collection.query) : undefined;
  return { text, query, ...compileQuery(query), derived };
};

/**
 * Runs a query and returns one page of its results.
 *
 * errors  400 for a bad continuation token, a parameter that is missing, or a bad page size
 */
export const runQuery = (request: QueryRequest): QueryPage => {
  const { query } = request;
  const retrieved = { count: 0 };
  const execution = execute(request, retrieved);
  const check = queryCheck(query.text, execution.row.parameters);
  const { continuation } = request;
  const resume = continuation ? readContinuation(continuation, check) : undefined;
  const next = fill(query, execution, resume);
  const page = {
    rows: execution.page.rows,
    retrievedCount: retrieved.count,
    outputBytes: execution.page.bytes(),
  };
  return next ? { ...page, continuation: writeContinuation(next, check) } : page;
};

const execute = (request: QueryRequest, retrieved: { count: number }): Execution => {
  const { query, maxItemCount, now } = request;
  const row = parameterRow(query.program, request.parameters ?? [], now);
  return {
    query: query.compiled,
    sources: sourcesOf(request, retrieved),
    row,
    window: rowWindow(query.compiled, row),
    page: openPage(maxItemCount),
    retrieved,
  };
};

const fill = (
  { query, program }: PreparedQuery,
  execution: Execution,
  resume: Resume | undefined,
): Resume | undefined => {
  const parameter = (name: string): Value =>
    execution.row.parameters[program.parameters.indexOf(name)];
  return planFill(query, execution, parameter)(execution, resume);
};

/** What FROM reads: the sources of the request, one row of nothing, or the rows of another query. */
const sourcesOf = (request: QueryRequest, retrieved: { count: number }): readonly Source[] => {
  const { query, sources, parameters, now } = request;
  if (query.query.from.length === 0) return [rowSource([null])];
  if (!query.derived) return sources;
  const inner = execute(
    { query: query.derived, sources, parameters, now, maxItemCount: -1 },
    retrieved,
  );
  const rows: Value[] = [];
  const page = {
    ...inner.page,
    push: (text: string) => rows.push(JSON.parse(text) as Value) > 0,
  };
  fill(query.derived, { ...inner, page }, undefined);
  return [rowSource(rows)];
};

/** Offers values as if they were documents. */
const rowSource = (values: readonly Value[]): Source => {
  const items = values.map((value, rid) => ({ rid, text: JSON.stringify(value), value }));
  return {
    compositeIndexes: [],
    fixed: new Map(),
    scan: (afterRid) => items.slice(afterRid + 1) as unknown as readonly SourceItem[],
    seek: () => [],
  };
};

/** A row with the values of the parameters and nothing bound yet. */
export const parameterRow = (
  program: Program,
  parameters: readonly QueryParameter[],
  nowMs: number,
): Row => ({
  slots: emptySlots(program),
  aggregates: [],
  parameters: parameterValues(program, parameters),
  nowMs,
});

const parameterValues = (
  { parameters: names }: Program,
  parameters: readonly QueryParameter[],
): Value[] => {
  const values = new Map(parameters.map(({ name, value }) => [name, value]));
  return names.map((name) => {
    if (!values.has(name)) {
      throw badRequest(`The query uses the parameter ${name}, but the request does not give it.`);
    }
    return values.get(name);
  });
};
