import type { Operation } from "../http/exchange.ts";
import { containerOf } from "./find-resource.ts";
import { feedResponse } from "./resource-response.ts";

export const listStoredProcedures: Operation = (request) => {
  const { rid } = containerOf(request);
  const owned = request.account.store.catalogue.owned("sprocs", rid);
  return feedResponse(
    rid,
    "StoredProcedures",
    owned.map(({ resource }) => resource),
  );
};
