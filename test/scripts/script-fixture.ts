import { CosmosError } from "../../local/cosmos/cosmos-error.ts";
import type { JsonObject } from "../../local/cosmos/json.ts";
import {
  childResourceId,
  containerResourceId,
  databaseResourceId,
} from "../../local/cosmos/partitioning/resource-id.ts";
import { createScriptCache } from "../../local/cosmos/scripts/compiled-script.ts";
import {
  runScript,
  type ScriptCall,
  type ScriptData,
  type ScriptResult,
} from "../../local/cosmos/scripts/run-script.ts";
import type { ScriptItem } from "../../local/cosmos/scripts/write-set.ts";
import { documentText } from "../../local/cosmos/store/stored-item.ts";

const databaseRid = databaseResourceId(1);
export const container = {
  rid: containerResourceId(databaseRid, 1),
  id: "items",
  databaseRid,
  databaseId: "todos",
  partitionKey: { paths: ["/projectId"], kind: "Hash", version: 2 },
} as const;

export const FIRST_RID = 1_000;

export const ridOf = (number: number): string => childResourceId(container.rid, "document", number);

/** A logical partition in a map; a query answers all documents, two a page if asked. */
export const partitionOf = (...bodies: readonly JsonObject[]): ScriptData => {
  const items = bodies.map((body, i): ScriptItem => {
    const system = { rid: i + 1, etag: `"etag-${i + 1}"`, ts: 5 };
    return { ...system, id: String(body.id), text: documentText(container, body, system) };
  });
  const page: ScriptData["list"] = ({ pageSize, continuation }) => {
    const start = Number(continuation);
    const rows = items.slice(start, start + pageSize).map(({ text }) => text);
    const end = start + rows.length;
    return { rows, scanned: 0, continuation: end < items.length ? String(end) : undefined };
  };
  return {
    read: (id) => items.find((item) => item.id === id),
    readByRid: (rid) => items.find((item) => item.rid === rid),
    list: page,
    query: (text, request) => {
      if (text.includes("BROKEN")) throw new CosmosError(400, "BadRequest", "Syntax error");
      return page(request);
    },
  };
};

const cache = createScriptCache();

type Options = Partial<Omit<ScriptCall, "script" | "argumentsText">> & {
  readonly data?: ScriptData;
  readonly given?: readonly unknown[];
};

/** Runs a script, its text or a function that stands alone, on partition key 7. */
export const run = (script: string | ((...given: never[]) => unknown), options: Options = {}) => {
  const { data = partitionOf(), given = [], ...call } = options;
  const defaults = { container, pk: "[7]", firstRid: FIRST_RID, nowMs: 10_000, isLogging: false };
  const argumentsText = JSON.stringify(given);
  return runScript({ ...defaults, ...call, script: String(script), argumentsText }, data, {
    cache,
  });
};

export const bodyOf = (result: ScriptResult): unknown => JSON.parse(result.bodyText);

/** Runs a script that must fail. */
export const failureOf = (...given: Parameters<typeof run>): CosmosError => {
  try {
    run(...given);
  } catch (error) {
    if (error instanceof CosmosError) return error;
    throw error;
  }
  throw new Error("The script did not fail.");
};

/** The texts of a CosmosError of a script. */
export const errorsOf = (error: CosmosError): string =>
  (JSON.parse(error.message) as { Errors: string[] }).Errors.join();
