import type { Operation } from "../http/exchange.ts";
import { databaseOf } from "./find-resource.ts";
import { deletedResponse } from "./resource-response.ts";

export const deleteDatabase: Operation = (request) => {
  request.account.store.catalogue.deleteDatabase(databaseOf(request));
  return deletedResponse();
};
