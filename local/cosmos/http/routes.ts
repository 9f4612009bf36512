import type { IncomingHttpHeaders } from "node:http";
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

/** Every request that the server understands; all others are answered 501. */
export const routes: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["GET /", readAccount],

  ["GET /dbs", listOf(databaseFeed)],
  ["POST /dbs query", queryOf(databaseFeed)],
  ["POST /dbs plan", planResourceQuery],
  ["POST /dbs", createDatabase],
  ["GET /dbs/{}", readDatabase],
  ["DELETE /dbs/{}", deleteDatabase],

  ["GET /dbs/{}/colls", listOf(containerFeed)],
  ["POST /dbs/{}/colls query", queryOf(containerFeed)],
  ["POST /dbs/{}/colls plan", planResourceQuery],
  ["POST /dbs/{}/colls", createContainer],
  ["GET /dbs/{}/colls/{}", readContainer],
  ["PUT /dbs/{}/colls/{}", replaceContainer],
  ["DELETE /dbs/{}/colls/{}", deleteContainer],
  ["GET /dbs/{}/colls/{}/pkranges", readPartitionKeyRanges],
  ["GET /dbs/{}/colls/{}/pkranges changes", readPartitionKeyRanges],

  ["POST /dbs/{}/colls/{}/docs", createItem],
  ["POST /dbs/{}/colls/{}/docs upsert", upsertItem],
  ["POST /dbs/{}/colls/{}/docs query", queryItems],
  ["POST /dbs/{}/colls/{}/docs plan", planItemQuery],
  ["POST /dbs/{}/colls/{}/docs batch", runBatch],
  ["GET /dbs/{}/colls/{}/docs", listItems],
  ["GET /dbs/{}/colls/{}/docs changes", readChanges],
  ["GET /dbs/{}/colls/{}/docs/{}", readItem],
  ["PUT /dbs/{}/colls/{}/docs/{}", replaceItem],
  ["PATCH /dbs/{}/colls/{}/docs/{}", patchItem],
  ["DELETE /dbs/{}/colls/{}/docs/{}", deleteItem],

  ["POST /dbs/{}/colls/{}/operations/{}", deletePartition],
  ["GET /dbs/{}/colls/{}/conflicts", listOf(conflictFeed)],
  ["POST /dbs/{}/colls/{}/conflicts query", queryOf(conflictFeed)],
  ["POST /dbs/{}/colls/{}/conflicts plan", planResourceQuery],

  ["GET /dbs/{}/colls/{}/sprocs", listOf(storedProcedureFeed)],
  ["POST /dbs/{}/colls/{}/sprocs query", queryOf(storedProcedureFeed)],
  ["POST /dbs/{}/colls/{}/sprocs plan", planResourceQuery],
  ["POST /dbs/{}/colls/{}/sprocs", createStoredProcedure],
  ["POST /dbs/{}/colls/{}/sprocs/{}", executeStoredProcedure],
  ["GET /dbs/{}/colls/{}/sprocs/{}", readStoredProcedure],
  ["PUT /dbs/{}/colls/{}/sprocs/{}", replaceStoredProcedure],
  ["DELETE /dbs/{}/colls/{}/sprocs/{}", deleteStoredProcedure],

  ["GET /offers", listOf(offerFeed)],
  ["POST /offers query", queryOf(offerFeed)],
  ["POST /offers plan", planResourceQuery],
  ["GET /offers/{}", readOffer],
  ["PUT /offers/{}", replaceOffer],
]);

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
