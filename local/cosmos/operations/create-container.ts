import { conflict } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import { containerDefinition } from "./container-definition.ts";
import { databaseOf } from "./find-resource.ts";
import { containerResponse } from "./read-container.ts";
import { objectBody } from "./request-body.ts";
import { DEFAULT_THROUGHPUT, declaredThroughput, partitionsFor } from "./throughput.ts";

/** Creates a container; without throughput of its own it shares the database's, or has 400 RU/s. */
export const createContainer: Operation = (request) => {
  const { catalogue } = request.account.store;
  const database = databaseOf(request);
  const definition = containerDefinition(objectBody(request));
  const declared = declaredThroughput(request);
  if (database.containers.has(definition.id)) throw conflict();
  const isShared = !declared && catalogue.owned("offers", database.rid).length > 0;
  const throughput = declared ?? DEFAULT_THROUGHPUT;
  const partitions = isShared ? 1 : partitionsFor(throughput);
  const container = catalogue.createContainer(database, definition, partitions);
  if (!isShared) catalogue.putOffer(container.rid, String(container.resource._self), throughput);
  return containerResponse(request, 201, container);
};
