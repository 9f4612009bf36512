import type { Operation } from "../http/exchange.ts";
import { commitItem } from "./item-response.ts";
import { itemTarget } from "./item-target.ts";
import { objectBody } from "./request-body.ts";

/** Creates or replaces an item; `If-Match` counts only where one exists. */
export const upsertItem: Operation = (request) => {
  const target = itemTarget(request);
  return commitItem(request, target, {
    kind: "upsert",
    key: target.key,
    body: objectBody(request),
    ifMatch: request.headers["if-match"],
    ifNoneMatch: request.headers["if-none-match"],
  });
};
