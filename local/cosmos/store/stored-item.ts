import type { JsonObject } from "../json.ts";
import { childResourceId } from "../partitioning/resource-id.ts";
import type { Container } from "./physical-partition.ts";

/** One version of an item, as it lies in the store. */
export type StoredItem = {
  /** Number of the document in its container, in order of insertion. */
  readonly rid: number;
  readonly pk: string;
  readonly id: string;
  readonly lsn: number;
  /** With its quotes, as in the `etag` header. */
  readonly etag: string;
  /** Seconds. */
  readonly ts: number;
  /** The whole document as JSON, system properties included. */
  readonly text: string;
};

type SystemProperties = { readonly rid: number; readonly etag: string; readonly ts: number };

/** Writes a document as the service stores it: the client's properties first, then its own. */
export const documentText = (
  container: Pick<Container, "rid" | "databaseRid">,
  body: JsonObject,
  system: SystemProperties,
): string => {
  const user = JSON.stringify(withoutSystemProperties(body));
  const rid = childResourceId(container.rid, "document", system.rid);
  const self = `dbs/${container.databaseRid}/colls/${container.rid}/docs/${rid}/`;
  const start = user === "{}" ? "{" : `${user.slice(0, -1)},`;
  const etag = `\\"${system.etag.slice(1, -1)}\\"`;
  return `${start}"_rid":"${rid}","_self":"${self}","_etag":"${etag}","_attachments":"attachments/","_ts":${system.ts}}`;
};

const SYSTEM_PROPERTIES = ["_rid", "_self", "_etag", "_attachments", "_ts", "_lsn"] as const;

const withoutSystemProperties = (body: JsonObject): JsonObject => {
  if (!SYSTEM_PROPERTIES.some((name) => Object.hasOwn(body, name))) return body;
  const { _rid, _self, _etag, _attachments, _ts, _lsn, ...user } = body;
  return user;
};

/** Adds what a change feed shows beyond the document: the number of its transaction. */
export const changeText = (item: Pick<StoredItem, "text" | "lsn">): string =>
  `${item.text.slice(0, -1)},"_lsn":${item.lsn}}`;
