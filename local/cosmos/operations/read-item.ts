import { readCharge } from "../charges.ts";
import { notFound } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import { itemResponse } from "./item-response.ts";
import { itemTarget } from "./item-target.ts";
import { sameEtag } from "./preconditions.ts";
import { requireSession } from "./session-token.ts";

/** Reads one item; 304 when `If-None-Match` names its current version. */
export const readItem: Operation = (request) => {
  const target = itemTarget(request);
  const { partition, key } = target;
  requireSession(request, [partition]);
  const item = request.account.store.reader(partition).read(key.pk, request.segments[5] ?? "");
  if (!item) throw notFound();
  const { lsn } = partition;
  const ifNoneMatch = request.headers["if-none-match"];
  if (ifNoneMatch !== undefined && sameEtag(ifNoneMatch, item.etag)) {
    return itemResponse(target, { status: 304, item, lsn, chargeRu: readCharge(0) }, false);
  }
  const chargeRu = readCharge(item.text.length);
  return itemResponse(target, { status: 200, item, lsn, chargeRu }, false);
};
