import { changesCharge } from "../charges.ts";
import { badRequest, notImplemented } from "../cosmos-error.ts";
import type { CosmosRequest, CosmosResponse, Operation } from "../http/exchange.ts";
import { headerOf, maxItemCount, preference } from "../http/request-headers.ts";
import type { Change } from "../store/partition-reader.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";
import { changeText } from "../store/stored-item.ts";
import { containerOf } from "./find-resource.ts";
import { onlyPartition, readScope } from "./read-scope.ts";
import { requireSession, sessionHeaders } from "./session-token.ts";
import { waitForCommit } from "./wait-for-commit.ts";

const DEFAULT_PAGE = 100;
/** Seconds for which a client may ask an empty answer to be held. */
const MAX_WAIT_SECONDS = 5;

/**
 * Answers one page of the change feed: the newest version of each item, in the order of commits.
 *
 * A transaction is never divided, so a page may be longer than asked for. With `Prefer: wait=N`
 * (RFC 7240) an empty answer is held for N seconds or until there are changes; Azure ignores that.
 *
 * shape   the etag of a page is the log sequence number of its last transaction
 * errors  501 for all versions and deletes; 410/1002 when the range has split or merged
 * source  https://learn.microsoft.com/azure/cosmos-db/nosql/change-feed-pull-model
 */
export const readChanges: Operation = async (request) => {
  const { headers, account } = request;
  const mode = headerOf(headers, "a-im")?.toLowerCase();
  if (mode !== "incremental feed") throw notImplemented(`the change feed mode "${mode}"`);
  const container = containerOf(request);
  const read = readScope(request, container);
  const partition = onlyPartition(read);
  requireSession(request, [partition]);
  const from = startOf(request, partition);
  const maxItems = maxItemCount(headers, DEFAULT_PAGE);
  const deadlineMs = Date.now() + waitSeconds(request) * 1000;
  for (;;) {
    const changes = account.store
      .reader(partition)
      .changes({ ...from, maxItems, scope: read.scope });
    const waitMs = deadlineMs - Date.now();
    if (changes.length > 0 || waitMs <= 0 || account.closing.aborted) {
      return changesResponse(container, partition, changes);
    }
    await waitForCommit(account, partition, waitMs);
    onlyPartition(readScope(request, container));
  }
};

type Start = { readonly afterLsn: number; readonly afterTs?: number };

/** After an etag; from now on (`*`); after a time; or from the beginning. */
const startOf = ({ headers }: CosmosRequest, partition: PhysicalPartition): Start => {
  const etag = headers["if-none-match"];
  if (etag === "*") return { afterLsn: partition.lsn };
  if (etag !== undefined) {
    const lsn = /^"?(\d+)"?$/.exec(etag)?.[1];
    if (lsn === undefined) throw badRequest(`If-None-Match ${etag} is no etag of a change feed.`);
    return { afterLsn: Number(lsn) };
  }
  const since = headers["if-modified-since"];
  if (since === undefined) return { afterLsn: 0 };
  const sinceMs = Date.parse(since);
  if (Number.isNaN(sinceMs)) throw badRequest(`If-Modified-Since "${since}" is not a date.`);
  return { afterLsn: 0, afterTs: Math.floor(sinceMs / 1000) };
};

const waitSeconds = ({ headers }: CosmosRequest): number => {
  const seconds = Number(preference(headers, "wait") ?? 0);
  return seconds > 0 ? Math.min(seconds, MAX_WAIT_SECONDS) : 0;
};

const changesResponse = (
  container: Container,
  partition: PhysicalPartition,
  changes: readonly Change[],
): CosmosResponse => {
  const { lsn } = changes.at(-1) ?? partition;
  const headers = sessionHeaders(container, partition, partition.lsn);
  headers.push("etag", `"${lsn}"`, "x-ms-item-count", String(changes.length));
  if (changes.length === 0) return { status: 304, headers, chargeRu: changesCharge(0, 0) };
  const body = `{"_rid":"${container.rid}","Documents":[${changes.map(changeText).join(",")}],"_count":${changes.length}}`;
  return { status: 200, headers, body, chargeRu: changesCharge(changes.length, body.length) };
};
