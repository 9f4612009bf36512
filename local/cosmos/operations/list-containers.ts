import type { Operation } from "../http/exchange.ts";
import { databaseOf } from "./find-resource.ts";
import { feedResponse } from "./resource-response.ts";

export const listContainers: Operation = (request) => {
  const { rid, containers } = databaseOf(request);
  const resources = [...containers.values()].map(({ resource }) => resource);
  return feedResponse(rid, "DocumentCollections", resources);
};
