import { badRequest, notFound } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import type { Database } from "../store/database.ts";
import type { Container } from "../store/physical-partition.ts";

const OWNER_NOT_FOUND = 1003;
const INCORRECT_CONTAINER_RID = 1024;

/** Finds the database that a request addresses by name or resource id; 404 otherwise. */
export const databaseOf = (request: CosmosRequest): Database => {
  const { segments, account } = request;
  const database = account.store.catalogue.findDatabase(segments[1] ?? "");
  if (!database) throw missing(segments.length === 2, "database", segments[1]);
  return database;
};

/**
 * Finds the container that a request addresses by name or resource id.
 *
 * errors  404, with substatus 1003 when something inside it was asked for; 400/1024 when the client
 *         expected another container under this name
 */
export const containerOf = (request: CosmosRequest): Container => {
  const { segments, account, headers } = request;
  const database = databaseOf(request);
  const container = account.store.catalogue.findContainer(database, segments[3] ?? "");
  if (!container) throw missing(segments.length === 4, "container", segments[3]);
  const intended = headers["x-ms-cosmos-intended-collection-rid"];
  if (intended !== undefined && intended !== container.rid) {
    throw badRequest(`The container ${container.id} was created anew since the client read it.`, {
      substatus: INCORRECT_CONTAINER_RID,
    });
  }
  return container;
};

const missing = (isAddressed: boolean, kind: string, id: string | undefined) =>
  isAddressed
    ? notFound(`Resource Not Found: there is no ${kind} "${id}".`)
    : notFound(`Owner resource does not exist: there is no ${kind} "${id}".`, OWNER_NOT_FOUND);
