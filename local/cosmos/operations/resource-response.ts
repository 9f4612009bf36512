import { METADATA_CHARGE } from "../charges.ts";
import type { CosmosResponse } from "../http/exchange.ts";
import type { JsonObject } from "../json.ts";

/** Answers with one database, container, script or offer. */
export const resourceResponse = (
  status: number,
  resource: JsonObject,
  headers: readonly string[] = [],
): CosmosResponse => ({
  status,
  headers: ["etag", String(resource._etag), ...headers],
  body: JSON.stringify(resource),
  chargeRu: METADATA_CHARGE,
});

export const deletedResponse = (): CosmosResponse => ({
  status: 204,
  headers: [],
  chargeRu: METADATA_CHARGE,
});
