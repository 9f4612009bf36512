import type { DatabaseSync } from "node:sqlite";
import { FORMAT_VERSION } from "./data-folder.ts";
import type { Database, OwnedResource } from "./database.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";

export const createCatalogueTables = (db: DatabaseSync): void => {
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS databases (
      rid TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, resource TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS containers (
      rid TEXT PRIMARY KEY, database_rid TEXT NOT NULL, settings TEXT NOT NULL,
      resource TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS partitions (
      container_rid TEXT NOT NULL, id TEXT NOT NULL, min TEXT NOT NULL, max TEXT NOT NULL,
      parents TEXT NOT NULL, table_name TEXT NOT NULL, lsn INTEGER NOT NULL,
      last_ts INTEGER NOT NULL, next_rid INTEGER NOT NULL,
      PRIMARY KEY (container_rid, id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS owned (
      kind TEXT NOT NULL, owner_rid TEXT NOT NULL, id TEXT NOT NULL, rid TEXT NOT NULL,
      resource TEXT NOT NULL, PRIMARY KEY (kind, owner_rid, id)
    ) STRICT;
    PRAGMA user_version = ${FORMAT_VERSION};
    COMMIT;
  `);
};

type Loaded = {
  readonly databases: Map<string, Database>;
  readonly owned: Map<string, OwnedResource>;
  readonly nextNumber: number;
};

/** Reads the whole catalogue; it is small, and kept in memory from then on. */
export const loadCatalogue = (db: DatabaseSync): Loaded => {
  const databases = new Map<string, Database>();
  for (const row of rows(db, "SELECT rid, id, resource FROM databases")) {
    const { rid, id, resource } = row;
    databases.set(text(id), {
      id: text(id),
      rid: text(rid),
      resource: JSON.parse(text(resource)),
      containers: loadContainers(db, text(rid)),
    });
  }
  const owned = new Map<string, OwnedResource>();
  for (const row of rows(db, "SELECT kind, owner_rid, id, rid, resource FROM owned")) {
    owned.set(`${row.kind}\n${row.owner_rid}\n${row.id}`, {
      rid: text(row.rid),
      resource: JSON.parse(text(row.resource)),
    });
  }
  const [next] = rows(db, "SELECT value FROM meta WHERE name = 'next_number'");
  return { databases, owned, nextNumber: Number(next?.value ?? 1) };
};

const loadContainers = (db: DatabaseSync, databaseRid: string): Map<string, Container> => {
  const containers = new Map<string, Container>();
  const query = "SELECT rid, settings, resource FROM containers WHERE database_rid = ?";
  for (const row of rows(db, query, databaseRid)) {
    const partitions = rows(
      db,
      "SELECT * FROM partitions WHERE container_rid = ? ORDER BY min",
      text(row.rid),
    );
    const container: Container = {
      ...JSON.parse(text(row.settings)),
      resource: JSON.parse(text(row.resource)),
      partitions: partitions.map(partitionOf),
      nextRid: Math.max(1, ...partitions.map((partition) => Number(partition.next_rid))),
    };
    containers.set(container.id, container);
  }
  return containers;
};

type Row = { readonly [column: string]: unknown };

const partitionOf = (row: Row): PhysicalPartition => ({
  id: text(row.id),
  minInclusive: text(row.min),
  maxExclusive: text(row.max),
  parents: JSON.parse(text(row.parents)),
  table: text(row.table_name),
  lsn: Number(row.lsn),
  lastTs: Number(row.last_ts),
});

const rows = (db: DatabaseSync, sql: string, ...values: string[]): readonly Row[] =>
  db.prepare(sql).all(...values);

const text = (value: unknown): string => String(value);
