import type { Operation } from "../http/exchange.ts";
import { containerOf } from "./find-resource.ts";
import { deletedResponse } from "./resource-response.ts";

export const deleteContainer: Operation = (request) => {
  request.account.store.catalogue.deleteContainer(containerOf(request));
  return deletedResponse();
};
