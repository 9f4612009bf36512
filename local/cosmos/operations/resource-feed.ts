import { METADATA_CHARGE } from "../charges.ts";
import type { CosmosRequest, CosmosResponse, Operation } from "../http/exchange.ts";
import { headerOf } from "../http/request-headers.ts";
import type { JsonObject } from "../json.ts";
import { prepareQuery, runQuery } from "../sql/query.ts";
import type { Source } from "../sql/source.ts";
import { querySpec } from "./query-spec.ts";

/** All resources of one type below one owner. */
export type ResourceFeed = {
  /** The member of the response that holds them. */
  readonly name: string;
  readonly read: (request: CosmosRequest) => Resources;
};

type Resources = {
  /** Resource id of the owner, "" for the account. */
  readonly ownerRid: string;
  readonly resources: readonly JsonObject[];
};

/** Makes the operation that lists a feed; feeds of resources are small and come in one page. */
export const listOf =
  ({ name, read }: ResourceFeed): Operation =>
  (request) => {
    const { ownerRid, resources } = read(request);
    const texts = resources.map((resource) => JSON.stringify(resource));
    return feedResponse({ name, ownerRid, texts, continuation: undefined });
  };

/** Makes the operation that queries a feed. */
export const queryOf =
  ({ name, read }: ResourceFeed): Operation =>
  (request) => {
    const { ownerRid, resources } = read(request);
    const { query, parameters } = querySpec(request);
    const { rows, continuation } = runQuery({
      query: prepareQuery(query),
      parameters,
      sources: [resourceSource(resources)],
      maxItemCount: -1,
      continuation: headerOf(request.headers, "x-ms-continuation"),
      now: request.account.now(),
    });
    return feedResponse({ name, ownerRid, texts: rows, continuation });
  };

type FeedPage = {
  readonly name: string;
  readonly ownerRid: string;
  readonly texts: readonly string[];
  readonly continuation: string | undefined;
};

/** Answers with a page of resources under the name that the protocol gives them. */
export const feedResponse = ({ name, ownerRid, texts, continuation }: FeedPage): CosmosResponse => {
  const next = continuation === undefined ? [] : ["x-ms-continuation", continuation];
  return {
    status: 200,
    headers: ["x-ms-item-count", String(texts.length), ...next],
    body: `{"_rid":"${ownerRid}","${name}":[${texts.join(",")}],"_count":${texts.length}}`,
    chargeRu: METADATA_CHARGE,
  };
};

const resourceSource = (resources: readonly JsonObject[]): Source => {
  const items = resources.map((value, rid) => ({ rid, value, text: JSON.stringify(value) }));
  return {
    compositeIndexes: [],
    fixed: new Map(),
    scan: (afterRid) => items.slice(afterRid + 1),
    seek: () => [],
  };
};
