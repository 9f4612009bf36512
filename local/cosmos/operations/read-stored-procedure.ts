import { notFound } from "../cosmos-error.ts";
import type { CosmosRequest, Operation } from "../http/exchange.ts";
import type { OwnedResource } from "../store/database.ts";
import { containerOf } from "./find-resource.ts";
import { resourceResponse } from "./resource-response.ts";

export const readStoredProcedure: Operation = (request) =>
  resourceResponse(200, storedProcedureOf(request).resource);

/** Finds the stored procedure that a request addresses; 404 otherwise. */
export const storedProcedureOf = (request: CosmosRequest): OwnedResource => {
  const { catalogue } = request.account.store;
  const id = request.segments[5] ?? "";
  const found = catalogue.findOwned("sprocs", containerOf(request).rid, id);
  if (!found) throw notFound(`Resource Not Found: there is no stored procedure "${id}".`);
  return found;
};
