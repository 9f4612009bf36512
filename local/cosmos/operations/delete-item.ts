import type { Operation } from "../http/exchange.ts";
import { commitItem } from "./item-response.ts";
import { itemTarget } from "./item-target.ts";

export const deleteItem: Operation = (request) => {
  const target = itemTarget(request);
  return commitItem(request, target, {
    kind: "delete",
    key: target.key,
    id: request.segments[5] ?? "",
    ifMatch: request.headers["if-match"],
  });
};
