import { badRequest } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import { scriptText } from "./create-stored-procedure.ts";
import { containerOf } from "./find-resource.ts";
import { requireMatch } from "./preconditions.ts";
import { storedProcedureOf } from "./read-stored-procedure.ts";
import { objectBody } from "./request-body.ts";
import { resourceResponse } from "./resource-response.ts";

export const replaceStoredProcedure: Operation = (request) => {
  const { resource } = storedProcedureOf(request);
  requireMatch(request.headers["if-match"], String(resource._etag));
  const body = objectBody(request);
  const script = scriptText(body);
  const id = String(resource.id);
  if (body.id !== id) throw badRequest("The id of a stored procedure cannot change.");
  const { catalogue } = request.account.store;
  const replaced = catalogue.putStoredProcedure(containerOf(request), id, script);
  return resourceResponse(200, replaced.resource);
};
