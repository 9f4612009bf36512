import { queryCharge } from "../charges.ts";
import type { Operation } from "../http/exchange.ts";
import { headerOf, isOn } from "../http/request-headers.ts";
import { prepareQuery, type QueryPage, runQuery } from "../sql/query.ts";
import { containerOf } from "./find-resource.ts";
import { itemSource } from "./item-source.ts";
import { itemsResponse } from "./items-response.ts";
import { querySpec } from "./query-spec.ts";
import { readScope } from "./read-scope.ts";
import { requireSession } from "./session-token.ts";

/**
 * Runs a query over one partition key, one range or the whole container, and answers one page.
 *
 * Several ranges are answered as one, so clients need no query plan to get whole results.
 */
export const queryItems: Operation = (request) => {
  const { headers, account } = request;
  const container = containerOf(request);
  const read = readScope(request, container);
  requireSession(request, read.partitions);
  const { query, parameters } = querySpec(request);
  const pageSize = headerOf(headers, "x-ms-max-item-count");
  const startedMs = performance.now();
  const page = runQuery({
    query: prepareQuery(query),
    parameters,
    sources: [itemSource(account.store, container, read)],
    maxItemCount: pageSize === undefined ? undefined : Number(pageSize),
    continuation: headerOf(headers, "x-ms-continuation"),
    now: account.now(),
  });
  const { rows, continuation } = page;
  const metrics = isOn(headers, "x-ms-documentdb-populatequerymetrics")
    ? ["x-ms-documentdb-query-metrics", queryMetrics(page, performance.now() - startedMs)]
    : [];
  return itemsResponse({
    container,
    partitions: read.partitions,
    texts: rows,
    continuation,
    chargeRu: pageCharge(page),
    headers: metrics,
  });
};

const pageCharge = ({ rows, retrievedCount, outputBytes }: QueryPage): number =>
  queryCharge({
    returned: rows.length,
    returnedBytes: outputBytes,
    scanned: Math.max(0, retrievedCount - rows.length),
  });

/** What was measured of the service's metrics, in its own delimited form. */
const queryMetrics = (page: QueryPage, elapsedMs: number): string =>
  [
    `totalExecutionTimeInMs=${elapsedMs.toFixed(2)}`,
    `retrievedDocumentCount=${page.retrievedCount}`,
    `outputDocumentCount=${page.rows.length}`,
    `outputDocumentSize=${page.outputBytes}`,
  ].join(";");
