import type { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "../json.ts";
import { valueAt } from "../partitioning/partition-key.ts";
import type { CompositeIndex } from "../sql/source.ts";
import { indexKey } from "./index-key.ts";

/** Positions of one transaction: `lsn * POSITIONS_PER_LSN + 0…`; also its greatest number of writes. */
export const POSITIONS_PER_LSN = 65_536;

/** Creates the table of a physical partition, its indexes and those of the container's policy. */
export const createPartitionTable = (
  db: DatabaseSync,
  table: string,
  compositeIndexes: readonly CompositeIndex[],
): void => {
  const columns = compositeIndexes.map((_, i) => `${keyColumn(i)} BLOB,`).join(" ");
  db.exec(`
    CREATE TABLE ${table} (
      rid INTEGER PRIMARY KEY,
      pk TEXT NOT NULL,
      epk TEXT NOT NULL,
      id TEXT NOT NULL,
      position INTEGER NOT NULL,
      etag TEXT NOT NULL,
      ts INTEGER NOT NULL,
      expires_at INTEGER,
      ${columns}
      doc TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX ${table}_id ON ${table} (pk, id);
    CREATE UNIQUE INDEX ${table}_position ON ${table} (position);
    CREATE INDEX ${table}_expires ON ${table} (expires_at) WHERE expires_at IS NOT NULL;
    ${compositeIndexes.map((_, i) => keyIndex(table, i)).join(" ")}
  `);
};

export const keyColumn = (index: number): string => `k${index}`;

const keyIndex = (table: string, index: number): string => {
  const column = keyColumn(index);
  return `CREATE INDEX ${table}_${column} ON ${table} (${column}) WHERE ${column} IS NOT NULL;`;
};

/** Adds one column and index for each composite index, and fills them from the documents. */
export const addCompositeIndexes = (
  db: DatabaseSync,
  table: string,
  indexes: readonly CompositeIndex[],
): void => {
  indexes.forEach((_, i) => {
    db.exec(`ALTER TABLE ${table} ADD COLUMN ${keyColumn(i)} BLOB; ${keyIndex(table, i)}`);
  });
  if (indexes.length === 0) return;
  const page = db.prepare(`SELECT rid, doc FROM ${table} WHERE rid > ? ORDER BY rid LIMIT 500`);
  const columns = indexes.map((_, i) => `${keyColumn(i)} = ?`).join(", ");
  const update = db.prepare(`UPDATE ${table} SET ${columns} WHERE rid = ?`);
  let afterRid = 0;
  for (;;) {
    const rows = page.all(afterRid) as { rid: number; doc: string }[];
    for (const row of rows) {
      update.run(...compositeKeys(JSON.parse(row.doc), indexes), row.rid);
      afterRid = row.rid;
    }
    if (rows.length === 0) return;
  }
};

export const dropCompositeIndexes = (
  db: DatabaseSync,
  table: string,
  indexes: readonly CompositeIndex[],
): void => {
  indexes.forEach((_, i) => {
    db.exec(`
      DROP INDEX ${table}_${keyColumn(i)};
      ALTER TABLE ${table} DROP COLUMN ${keyColumn(i)};
    `);
  });
};

/** The key of a document in each composite index; null where it lacks the index's last path. */
export const compositeKeys = (
  document: JsonObject,
  indexes: readonly CompositeIndex[],
): (Buffer | null)[] =>
  indexes.map(({ paths }) => {
    const values = paths.map((path) => valueAt(document, path));
    return values.at(-1) === undefined ? null : indexKey(values);
  });
