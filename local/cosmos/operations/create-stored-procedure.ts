import { badRequest, conflict } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import type { JsonObject } from "../json.ts";
import { resourceName } from "../resource-name.ts";
import { containerOf } from "./find-resource.ts";
import { objectBody } from "./request-body.ts";
import { resourceResponse } from "./resource-response.ts";

/** Stores a script as it is: like the service, this does not compile it before it runs. */
export const createStoredProcedure: Operation = (request) => {
  const { catalogue } = request.account.store;
  const container = containerOf(request);
  const body = objectBody(request);
  const id = resourceName(body.id);
  const script = scriptText(body);
  if (catalogue.findOwned("sprocs", container.rid, id)) throw conflict();
  return resourceResponse(201, catalogue.putStoredProcedure(container, id, script).resource);
};

/** The script of a stored procedure's resource; 400 if there is none. */
export const scriptText = ({ body }: JsonObject): string => {
  if (typeof body === "string") return body;
  throw badRequest("The 'body' of a stored procedure must be a string with its source text.");
};
