import { badRequest } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import { containerDefinition } from "./container-definition.ts";
import { containerOf } from "./find-resource.ts";
import { requireMatch } from "./preconditions.ts";
import { containerResponse } from "./read-container.ts";
import { objectBody } from "./request-body.ts";

/** Changes a container's settings; its items stay, its id and partition key cannot change. */
export const replaceContainer: Operation = (request) => {
  const container = containerOf(request);
  requireMatch(request.headers["if-match"], String(container.resource._etag));
  const body = objectBody(request);
  const definition = containerDefinition({
    ...body,
    partitionKey: body.partitionKey ?? container.resource.partitionKey ?? null,
  });
  if (definition.id !== container.id) throw badRequest("The id of a container cannot change.");
  if (JSON.stringify(definition.partitionKey) !== JSON.stringify(container.partitionKey)) {
    throw badRequest("The partition key of a container cannot change.");
  }
  request.account.store.catalogue.replaceContainer(container, definition);
  return containerResponse(request, 200, container);
};
