import type { Operation } from "../http/exchange.ts";
import { commitItem } from "./item-response.ts";
import { itemTarget } from "./item-target.ts";
import { patchRequest } from "./patch-document.ts";
import { jsonBody } from "./request-body.ts";

export const patchItem: Operation = (request) => {
  const target = itemTarget(request);
  return commitItem(request, target, {
    kind: "patch",
    key: target.key,
    id: request.segments[5] ?? "",
    patch: patchRequest(jsonBody(request), target.container.partitionKey),
    ifMatch: request.headers["if-match"],
  });
};
