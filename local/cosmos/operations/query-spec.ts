import { badRequest } from "../cosmos-error.ts";
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
  const { query, parameters } = objectBody(request);
  if (typeof query !== "string") throw badRequest("The request's body has no text 'query'.");
  const list = parameters ?? [];
  if (Array.isArray(list) && list.every(isParameter)) return { query, parameters: list };
  throw badRequest("The 'parameters' of a query are an array of objects with 'name' and 'value'.");
};

const isParameter = (value: JsonValue): value is QueryParameter =>
  isJsonObject(value) && typeof value.name === "string";
