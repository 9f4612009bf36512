import { badRequest } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** Parses a request's body; 400 when it is no JSON. */
export const jsonBody = ({ body }: CosmosRequest): JsonValue => {
  try {
    return JSON.parse(body.toString("utf8")) as JsonValue;
  } catch {
    throw badRequest("The request's body is not valid JSON.");
  }
};

export const objectBody = (request: CosmosRequest): JsonObject => {
  const value = jsonBody(request);
  if (isJsonObject(value)) return value;
  throw badRequest("The request's body must be a JSON object.");
};
