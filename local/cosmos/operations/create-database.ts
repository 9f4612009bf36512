import { conflict } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import { resourceName } from "../resource-name.ts";
import { objectBody } from "./request-body.ts";
import { resourceResponse } from "./resource-response.ts";
import { declaredThroughput } from "./throughput.ts";

export const createDatabase: Operation = (request) => {
  const { catalogue } = request.account.store;
  const id = resourceName(objectBody(request).id);
  const throughput = declaredThroughput(request);
  if (catalogue.databases.has(id)) throw conflict();
  const { rid, resource } = catalogue.createDatabase(id);
  if (throughput) catalogue.putOffer(rid, String(resource._self), throughput);
  return resourceResponse(201, resource);
};
