import { badRequest, notImplemented } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import type { QueryParameter } from "../sql/query.ts";
import { objectBody } from "./request-body.ts";

export type QuerySpec = {
  readonly query: string;
  readonly parameters: readonly QueryParameter[];
};

/** Reads query text and parameters from a request's body. */
export const querySpec = (request: CosmosRequest): QuerySpec => {
  const { query, parameters, resumeFilter } = objectBody(request);
  if (typeof query !== "string") throw badRequest("The request's body has no text 'query'.");
  // How .NET goes on with ORDER BY from a continuation of its own; ignored, it would never end.
  if (resumeFilter !== undefined) throw notImplemented("the resumeFilter of a query");
  const list = parameters ?? [];
  if (Array.isArray(list) && list.every(isParameter)) return { query, parameters: list };
  throw badRequest("The 'parameters' of a query are an array of objects with 'name' and 'value'.");
};

const isParameter = (value: JsonValue): value is QueryParameter =>
  isJsonObject(value) && typeof value.name === "string";
