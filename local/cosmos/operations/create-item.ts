import type { Operation } from "../http/exchange.ts";
import { commitItem } from "./item-response.ts";
import { itemTarget } from "./item-target.ts";
import { objectBody } from "./request-body.ts";

export const createItem: Operation = (request) => {
  const target = itemTarget(request);
  return commitItem(request, target, {
    kind: "create",
    key: target.key,
    body: objectBody(request),
  });
};
