import type { Operation } from "../http/exchange.ts";
import { commitItem } from "./item-response.ts";
import { itemTarget } from "./item-target.ts";
import { objectBody } from "./request-body.ts";

export const replaceItem: Operation = (request) => {
  const target = itemTarget(request);
  return commitItem(request, target, {
    kind: "replace",
    key: target.key,
    id: request.segments[5] ?? "",
    body: objectBody(request),
    ifMatch: request.headers["if-match"],
    ifNoneMatch: request.headers["if-none-match"],
  });
};
