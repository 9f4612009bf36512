import { CosmosError, tooLarge } from "../cosmos-error.ts";
import type { CompiledScript, ScriptCache } from "./compiled-script.ts";
import type { Operation } from "./inside/collection.ts";
import type { Thrown } from "./inside/describe-thrown.ts";
import type { Beginning } from "./inside/open-realm.ts";
import type { Reply } from "./inside/pass-reply.ts";
import { SCRIPT_LIMITS, type ScriptLimits } from "./script-limits.ts";
import {
  createWriteSet,
  type ScriptItems,
  type ScriptWrite,
  type WriteSet,
  type WriteSetOptions,
} from "./write-set.ts";

/** One call of a stored procedure. */
export type ScriptCall = WriteSetOptions & {
  /** Source text of the function. */
  readonly script: string;
  /** JSON array of its arguments. */
  readonly argumentsText: string;
  readonly isLogging: boolean;
  readonly limits?: Partial<ScriptLimits>;
};

/** What a script reads: the logical partition as committed, without the script's own writes. */
export type ScriptData = ScriptItems & {
  /** All items in order of insertion. */
  list(page: PageRequest): ScriptPage;
  /** `text`: `{"query", "parameters"}` as the script passed it, not checked. */
  query(text: string, page: PageRequest): ScriptPage;
};

export type PageRequest = {
  readonly pageSize: number;
  /** "" for the first page. */
  readonly continuation: string;
};

export type ScriptPage = {
  /** JSON texts. */
  readonly rows: readonly string[];
  readonly continuation?: string | undefined;
  /** Documents looked at, for the charge. */
  readonly scanned: number;
};

export type ScriptResult = {
  /** JSON of the response's body, `""` (two quotes) if the script set none. */
  readonly bodyText: string;
  /** Absent when logging was off. */
  readonly log?: string;
  readonly writes: readonly ScriptWrite[];
  readonly cost: ScriptCost;
  /** Whether an operation was not accepted. */
  readonly isRefused: boolean;
};

/** What to charge for beyond the writes. */
export type ScriptCost = {
  /** Bytes of each point read. */
  readonly reads: readonly number[];
  readonly queries: readonly {
    readonly returned: number;
    readonly returnedBytes: number;
    readonly scanned: number;
  }[];
};

/**
 * Runs a stored procedure on this thread and answers what it wants to commit.
 *
 * The script and this function take turns: the script asks for operations and returns, this
 * performs the first of them, calls the script's callback with the outcome, and so on until
 * nothing is asked for. Point reads see the script's own writes. Queries do not: the service's
 * documentation says that they may not, and a script that works here must work there.
 *
 * shape   depends on its arguments only, given a deterministic cache; no time limit of its own
 * errors  400 with the substatus of `new Error(number, message)` when the script throws or aborts;
 *         413 for a response that is too large. Nothing of the execution remains then.
 */
export const runScript = (call: ScriptCall, data: ScriptData, tools: RunTools): ScriptResult => {
  const { cache, nowMs = Date.now } = tools;
  const script = cache.find(call.script);
  try {
    return execute(script, call, { data, nowMs });
  } finally {
    cache.giveBack(call.script, script);
  }
};

export type RunTools = { readonly cache: ScriptCache; readonly nowMs?: () => number };

type Sources = { readonly data: ScriptData; readonly nowMs: () => number };

const execute = (script: CompiledScript, call: ScriptCall, sources: Sources): ScriptResult => {
  const { entry } = script;
  const limits = { ...SCRIPT_LIMITS, ...call.limits };
  const writeSet = createWriteSet(sources.data, call);
  const cost: Cost = { reads: [], queries: [] };
  entry.begin(script.program, JSON.stringify(beginning(call, limits)), call.argumentsText);
  script.settlePromises();
  for (let asked = entry.next(); asked !== ""; asked = entry.next()) {
    const end = asked.indexOf("\n");
    const operation = JSON.parse(asked.slice(0, end)) as Operation;
    const { status, text, continuation } = perform(operation, asked.slice(end + 1), {
      data: sources.data,
      writeSet,
      cost,
    });
    entry.answer(status, text, continuation, sources.nowMs());
    script.settlePromises();
  }
  const bodyText = entry.body();
  const thrown = entry.thrown();
  if (thrown !== "") throw scriptError(JSON.parse(thrown) as Thrown);
  if (bodyText.length > limits.responseCharacters) throw tooLarge();
  const log = call.isLogging ? { log: entry.log() } : {};
  return { bodyText, ...log, writes: writeSet.writes(), cost, isRefused: entry.isRefused() };
};

const beginning = (
  { container, isLogging, nowMs, firstRid }: ScriptCall,
  limits: ScriptLimits,
): Beginning => ({
  selfLink: `dbs/${container.databaseRid}/colls/${container.rid}/`,
  altLink: `dbs/${container.databaseId}/colls/${container.id}`,
  isLogging,
  limits,
  nowMs,
  seed: (nowMs + firstRid) >>> 0,
});

type Cost = { readonly reads: number[]; readonly queries: ScriptCost["queries"][number][] };

type Performing = {
  readonly data: ScriptData;
  readonly writeSet: WriteSet;
  readonly cost: Cost;
};

/** Performs one operation; its error is an answer too. */
const perform = (operation: Operation, text: string, performing: Performing): Reply => {
  try {
    return performOrThrow(operation, text, performing);
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    const body = JSON.stringify({ Errors: [error.message] });
    return { status: error.status, text: body, continuation: "" };
  }
};

const performOrThrow = (
  operation: Operation,
  text: string,
  { data, writeSet, cost }: Performing,
): Reply => {
  const { byRid = false, key = "", etag = "" } = operation;
  const address = { byRid, key };
  switch (operation.kind) {
    case "read": {
      const item = writeSet.find(address);
      cost.reads.push(item.text.length);
      return etag === item.etag ? NOT_MODIFIED : document(item.text);
    }
    case "list":
    case "query": {
      const { pageSize = 100, continuation = "" } = operation;
      const request = { pageSize, continuation };
      const found = operation.kind === "list" ? data.list(request) : data.query(text, request);
      const rows = found.rows.join(",");
      const { scanned } = found;
      cost.queries.push({ returned: found.rows.length, returnedBytes: rows.length, scanned });
      return { status: 200, text: `[${rows}]`, continuation: found.continuation ?? "" };
    }
    case "create":
      return document(writeSet.create(text).text);
    case "upsert":
      return document(writeSet.upsert(text, etag).text);
    case "replace":
      return document(writeSet.replace(address, text, etag).text);
    case "delete":
      writeSet.remove(address, etag);
      return document("");
  }
};

const NOT_MODIFIED: Reply = { status: 304, text: "", continuation: "" };

const document = (text: string): Reply => ({ status: 200, text, continuation: "" });

const scriptError = ({ number, text }: Thrown): CosmosError =>
  new CosmosError(400, "BadRequest", JSON.stringify({ Errors: [text] }), { substatus: number });
