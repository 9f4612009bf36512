import type { IncomingHttpHeaders } from "node:http";
import {
  BATCH,
  CONFLICTS,
  CONTROL_PLANE,
  CREATE,
  DELETE,
  EXECUTE,
  FEED,
  METADATA,
  type Needs,
  PATCH,
  QUERY,
  READ,
  REPLACE,
  UPSERT,
} from "../access/needed-actions.ts";
import { conflictFeed } from "../operations/conflict-feed.ts";
import { containerFeed } from "../operations/container-feed.ts";
import { createContainer } from "../operations/create-container.ts";
import { createDatabase } from "../operations/create-database.ts";
import { createItem } from "../operations/create-item.ts";
import { createStoredProcedure } from "../operations/create-stored-procedure.ts";
import { databaseFeed } from "../operations/database-feed.ts";
import { deleteContainer } from "../operations/delete-container.ts";
import { deleteDatabase } from "../operations/delete-database.ts";
import { deleteItem } from "../operations/delete-item.ts";
import { deletePartition } from "../operations/delete-partition.ts";
import { deleteStoredProcedure } from "../operations/delete-stored-procedure.ts";
import { executeStoredProcedure } from "../operations/execute-stored-procedure.ts";
import { listItems } from "../operations/list-items.ts";
import { offerFeed } from "../operations/offer-feed.ts";
import { patchItem } from "../operations/patch-item.ts";
import { planItemQuery, planResourceQuery } from "../operations/plan-query.ts";
import { queryItems } from "../operations/query-items.ts";
import { readAccount } from "../operations/read-account.ts";
import { readChanges } from "../operations/read-changes.ts";
import { readContainer } from "../operations/read-container.ts";
import { readDatabase } from "../operations/read-database.ts";
import { readItem } from "../operations/read-item.ts";
import { readOffer } from "../operations/read-offer.ts";
import { readPartitionKeyRanges } from "../operations/read-partition-key-ranges.ts";
import { readStoredProcedure } from "../operations/read-stored-procedure.ts";
import { replaceContainer } from "../operations/replace-container.ts";
import { replaceItem } from "../operations/replace-item.ts";
import { replaceOffer } from "../operations/replace-offer.ts";
import { replaceStoredProcedure } from "../operations/replace-stored-procedure.ts";
import { listOf, queryOf } from "../operations/resource-feed.ts";
import { runBatch } from "../operations/run-batch.ts";
import { storedProcedureFeed } from "../operations/stored-procedure-feed.ts";
import { upsertItem } from "../operations/upsert-item.ts";
import type { Operation } from "./exchange.ts";
import { isOn } from "./request-headers.ts";

/** What is done for a request, and what an identity needs for it; those with the key may do all. */
export type Route = { readonly operation: Operation; readonly needs: Needs };

type Row = readonly [request: string, operation: Operation, needs: Needs];

const ROWS: readonly Row[] = [
  ["GET /", readAccount, METADATA],

  ["GET /dbs", listOf(databaseFeed), METADATA],
  ["POST /dbs query", queryOf(databaseFeed), CONTROL_PLANE],
  ["POST /dbs plan", planResourceQuery, CONTROL_PLANE],
  ["POST /dbs", createDatabase, CONTROL_PLANE],
  ["GET /dbs/{}", readDatabase, METADATA],
  ["DELETE /dbs/{}", deleteDatabase, CONTROL_PLANE],

  ["GET /dbs/{}/colls", listOf(containerFeed), METADATA],
  ["POST /dbs/{}/colls query", queryOf(containerFeed), CONTROL_PLANE],
  ["POST /dbs/{}/colls plan", planResourceQuery, CONTROL_PLANE],
  ["POST /dbs/{}/colls", createContainer, CONTROL_PLANE],
  ["GET /dbs/{}/colls/{}", readContainer, METADATA],
  ["PUT /dbs/{}/colls/{}", replaceContainer, CONTROL_PLANE],
  ["DELETE /dbs/{}/colls/{}", deleteContainer, CONTROL_PLANE],
  ["GET /dbs/{}/colls/{}/pkranges", readPartitionKeyRanges, METADATA],
  ["GET /dbs/{}/colls/{}/pkranges changes", readPartitionKeyRanges, METADATA],

  ["POST /dbs/{}/colls/{}/docs", createItem, CREATE],
  ["POST /dbs/{}/colls/{}/docs upsert", upsertItem, UPSERT],
  ["POST /dbs/{}/colls/{}/docs query", queryItems, QUERY],
  ["POST /dbs/{}/colls/{}/docs plan", planItemQuery, QUERY],
  ["POST /dbs/{}/colls/{}/docs batch", runBatch, BATCH],
  ["GET /dbs/{}/colls/{}/docs", listItems, FEED],
  ["GET /dbs/{}/colls/{}/docs changes", readChanges, FEED],
  ["GET /dbs/{}/colls/{}/docs/{}", readItem, READ],
  ["PUT /dbs/{}/colls/{}/docs/{}", replaceItem, REPLACE],
  ["PATCH /dbs/{}/colls/{}/docs/{}", patchItem, PATCH],
  ["DELETE /dbs/{}/colls/{}/docs/{}", deleteItem, DELETE],

  ["POST /dbs/{}/colls/{}/operations/{}", deletePartition, DELETE],
  ["GET /dbs/{}/colls/{}/conflicts", listOf(conflictFeed), CONFLICTS],
  ["POST /dbs/{}/colls/{}/conflicts query", queryOf(conflictFeed), CONFLICTS],
  ["POST /dbs/{}/colls/{}/conflicts plan", planResourceQuery, CONFLICTS],

  ["GET /dbs/{}/colls/{}/sprocs", listOf(storedProcedureFeed), CONTROL_PLANE],
  ["POST /dbs/{}/colls/{}/sprocs query", queryOf(storedProcedureFeed), CONTROL_PLANE],
  ["POST /dbs/{}/colls/{}/sprocs plan", planResourceQuery, CONTROL_PLANE],
  ["POST /dbs/{}/colls/{}/sprocs", createStoredProcedure, CONTROL_PLANE],
  ["POST /dbs/{}/colls/{}/sprocs/{}", executeStoredProcedure, EXECUTE],
  ["GET /dbs/{}/colls/{}/sprocs/{}", readStoredProcedure, CONTROL_PLANE],
  ["PUT /dbs/{}/colls/{}/sprocs/{}", replaceStoredProcedure, CONTROL_PLANE],
  ["DELETE /dbs/{}/colls/{}/sprocs/{}", deleteStoredProcedure, CONTROL_PLANE],

  ["GET /offers", listOf(offerFeed), CONTROL_PLANE],
  ["POST /offers query", queryOf(offerFeed), CONTROL_PLANE],
  ["POST /offers plan", planResourceQuery, CONTROL_PLANE],
  ["GET /offers/{}", readOffer, CONTROL_PLANE],
  ["PUT /offers/{}", replaceOffer, CONTROL_PLANE],
];

/** Every request that the server understands; all others are answered 501. */
export const routes: ReadonlyMap<string, Route> = new Map(
  ROWS.map(([request, operation, needs]) => [request, { operation, needs }]),
);

/** Tells by their headers what requests to one feed want; part of the key of `routes`. */
export const variantOf = (method: string, headers: IncomingHttpHeaders): string => {
  if (method === "GET") return headers["a-im"] === undefined ? "" : " changes";
  if (method !== "POST") return "";
  if (isOn(headers, "x-ms-cosmos-is-query-plan-request")) return " plan";
  if (isQuery(headers)) return " query";
  if (isOn(headers, "x-ms-cosmos-is-batch-request")) return " batch";
  return isOn(headers, "x-ms-documentdb-is-upsert") ? " upsert" : "";
};

/** Most SDKs send `isquery`, Go `query`; all of them this content type. */
const isQuery = (headers: IncomingHttpHeaders): boolean =>
  headers["content-type"]?.startsWith("application/query+json") === true ||
  isOn(headers, "x-ms-documentdb-isquery") ||
  isOn(headers, "x-ms-documentdb-query");
