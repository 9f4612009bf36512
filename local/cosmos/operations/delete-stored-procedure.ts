import type { Operation } from "../http/exchange.ts";
import { containerOf } from "./find-resource.ts";
import { storedProcedureOf } from "./read-stored-procedure.ts";
import { deletedResponse } from "./resource-response.ts";

export const deleteStoredProcedure: Operation = (request) => {
  const { resource } = storedProcedureOf(request);
  const { catalogue } = request.account.store;
  catalogue.deleteOwned("sprocs", containerOf(request).rid, String(resource.id));
  return deletedResponse();
};
