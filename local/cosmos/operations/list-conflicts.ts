import type { Operation } from "../http/exchange.ts";
import { containerOf } from "./find-resource.ts";
import { feedResponse } from "./resource-response.ts";

/** One write region has no conflicts: the list is always empty. */
export const listConflicts: Operation = (request) =>
  feedResponse(containerOf(request).rid, "Conflicts", []);
