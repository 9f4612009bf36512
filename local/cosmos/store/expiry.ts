import type { DatabaseSync } from "node:sqlite";
import type { JsonValue } from "../json.ts";
import type { Container } from "./physical-partition.ts";

/**
 * Says when an item expires, in seconds; null: never.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/nosql/time-to-live
 */
export const expiresAt = (
  defaultTtl: number | undefined,
  itemTtl: JsonValue | undefined,
  ts: number,
): number | null => {
  if (defaultTtl === undefined) return null;
  const ttl = typeof itemTtl === "number" ? itemTtl : defaultTtl;
  return ttl === -1 ? null : ts + ttl;
};

/** Recomputes every item's expiry after the container's default has changed. */
export const refreshExpiry = (db: DatabaseSync, container: Container): void => {
  for (const { table } of container.partitions) {
    if (container.defaultTtl === undefined) {
      db.exec(`UPDATE ${table} SET expires_at = NULL WHERE expires_at IS NOT NULL`);
      continue;
    }
    db.prepare(
      `UPDATE ${table} SET expires_at = (
         SELECT CASE WHEN ttl = -1 THEN NULL ELSE ts + ttl END
         FROM (SELECT coalesce(json_extract(doc, '$.ttl'), ?) AS ttl))`,
    ).run(container.defaultTtl);
  }
};

/** Items that one purge removes at most, so that it never holds up requests for long. */
const PURGE_LIMIT = 1_000;

/** Removes expired items for good; reads hide them from the second on in which they expire. */
export const purgeExpired = (db: DatabaseSync, container: Container, nowSeconds: number): void => {
  if (container.defaultTtl === undefined) return;
  for (const { table } of container.partitions) {
    db.prepare(
      `DELETE FROM ${table} WHERE rid IN (
         SELECT rid FROM ${table} WHERE expires_at <= ? LIMIT ${PURGE_LIMIT})`,
    ).run(nowSeconds);
  }
};
