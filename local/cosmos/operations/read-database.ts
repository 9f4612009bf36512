import type { Operation } from "../http/exchange.ts";
import { databaseOf } from "./find-resource.ts";
import { resourceResponse } from "./resource-response.ts";

export const readDatabase: Operation = (request) =>
  resourceResponse(200, databaseOf(request).resource);
