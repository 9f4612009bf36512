import { queryCharge } from "../charges.ts";
import { badRequest } from "../cosmos-error.ts";
import type { CosmosRequest, Operation } from "../http/exchange.ts";
import { headerOf, maxItemCount } from "../http/request-headers.ts";
import { childNumber, childResourceId } from "../partitioning/resource-id.ts";
import type { Container } from "../store/physical-partition.ts";
import { containerOf } from "./find-resource.ts";
import { itemSource } from "./item-source.ts";
import { itemsResponse, PAGE_CHARACTERS } from "./items-response.ts";
import { readScope } from "./read-scope.ts";
import { requireSession } from "./session-token.ts";

const DEFAULT_PAGE = 100;

/** Lists items in order of insertion; a full page has a continuation, even if nothing follows. */
export const listItems: Operation = (request) => {
  const container = containerOf(request);
  const read = readScope(request, container);
  requireSession(request, read.partitions);
  const maxItems = maxItemCount(request.headers, DEFAULT_PAGE);
  const texts: string[] = [];
  let characters = 0;
  let lastRid = afterRid(request);
  let isFull = false;
  for (const { rid, text } of itemSource(request.account.store, container, read).scan(lastRid)) {
    texts.push(text);
    characters += text.length;
    lastRid = rid;
    isFull = texts.length >= maxItems || characters >= PAGE_CHARACTERS;
    if (isFull) break;
  }
  const chargeRu = queryCharge({ returned: texts.length, returnedBytes: characters, scanned: 0 });
  const continuation = isFull ? continuationOf(container, lastRid) : undefined;
  return itemsResponse({ container, partitions: read.partitions, texts, continuation, chargeRu });
};

const continuationOf = ({ rid }: Container, lastRid: number): string =>
  `+RID:~${childResourceId(rid, "document", lastRid)}`;

const afterRid = ({ headers }: CosmosRequest): number => {
  const continuation = headerOf(headers, "x-ms-continuation");
  if (!continuation) return 0;
  const rid = continuation.startsWith("+RID:~") ? childNumber(continuation.slice(6)) : undefined;
  if (rid === undefined) throw badRequest("Invalid Continuation Token.");
  return rid;
};
