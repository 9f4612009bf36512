import type { DatabaseSync } from "node:sqlite";
import type { JsonObject, JsonValue } from "../json.ts";
import type { PartitionKeyDefinition } from "../partitioning/effective-partition-key.ts";
import { evenKeyRanges } from "../partitioning/key-ranges.ts";
import {
  type ChildKind,
  childResourceId,
  containerResourceId,
  databaseResourceId,
  offerResourceId,
} from "../partitioning/resource-id.ts";
import type { CompositeIndex } from "../sql/source.ts";
import { createCatalogueTables, loadCatalogue } from "./catalogue-tables.ts";
import type { Database, OwnedResource } from "./database.ts";
import { refreshExpiry } from "./expiry.ts";
import { isDatabaseFailure, notDurable } from "./not-durable.ts";
import {
  addCompositeIndexes,
  createPartitionTable,
  dropCompositeIndexes,
} from "./partition-table.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";

export type ContainerSettings = {
  readonly id: string;
  /** The resource as the client shall see it, without system properties. */
  readonly resource: JsonObject;
  readonly partitionKey: PartitionKeyDefinition;
  readonly defaultTtl: number | undefined;
  readonly compositeIndexes: readonly CompositeIndex[];
};

export type OwnedKind = "sprocs" | "offers";

/**
 * Keeps databases, containers, stored procedures and offers; every change is durable on return.
 */
export class Catalogue {
  readonly databases: Map<string, Database>;
  readonly #db: DatabaseSync;
  readonly #now: () => number;
  readonly #owned: Map<string, OwnedResource>;
  #nextNumber: number;

  constructor(db: DatabaseSync, now: () => number) {
    this.#db = db;
    this.#now = now;
    createCatalogueTables(db);
    const loaded = loadCatalogue(db);
    this.databases = loaded.databases;
    this.#owned = loaded.owned;
    this.#nextNumber = loaded.nextNumber;
  }

  findDatabase(idOrRid: string): Database | undefined {
    return (
      this.databases.get(idOrRid) ??
      [...this.databases.values()].find((database) => database.rid === idOrRid)
    );
  }

  createDatabase(id: string): Database {
    const database = this.#atomically((): Database => {
      const rid = databaseResourceId(this.#takeNumber());
      const resource = {
        id,
        ...this.#system(rid, `dbs/${rid}/`),
        _colls: "colls/",
        _users: "users/",
      };
      this.#db
        .prepare("INSERT INTO databases (rid, id, resource) VALUES (?, ?, ?)")
        .run(rid, id, JSON.stringify(resource));
      return { id, rid, resource, containers: new Map() };
    });
    this.databases.set(id, database);
    return database;
  }

  deleteDatabase(database: Database): void {
    this.#atomically(() => {
      for (const container of database.containers.values()) this.#dropContainer(container);
      this.#deleteOwnedBy(database.rid);
      this.#db.prepare("DELETE FROM databases WHERE rid = ?").run(database.rid);
    });
    this.databases.delete(database.id);
    this.#forgetOwnedBy(database.rid);
    for (const container of database.containers.values()) {
      this.#forgetOwnedBy(container.rid);
      container.partitions = [];
    }
  }

  findContainer(database: Database, idOrRid: string): Container | undefined {
    return (
      database.containers.get(idOrRid) ??
      [...database.containers.values()].find((container) => container.rid === idOrRid)
    );
  }

  createContainer(database: Database, settings: ContainerSettings, partitions: number): Container {
    const container = this.#atomically(() => {
      const rid = containerResourceId(database.rid, this.#takeNumber());
      const made: Container = {
        rid,
        id: settings.id,
        databaseRid: database.rid,
        databaseId: database.id,
        partitionKey: settings.partitionKey,
        defaultTtl: settings.defaultTtl,
        compositeIndexes: settings.compositeIndexes,
        resource: this.#containerResource(database.rid, rid, settings.resource),
        partitions: [],
        nextRid: 1,
      };
      this.#saveContainer(made);
      made.partitions = evenKeyRanges(partitions, settings.partitionKey).map((range, i) =>
        this.createPartition(made, {
          ...range,
          id: String(i),
          parents: [],
          lsn: 0,
          lastTs: 0,
        }),
      );
      return made;
    });
    database.containers.set(settings.id, container);
    return container;
  }

  /** Changes settings; a changed indexing policy or time to live is applied to every item at once. */
  replaceContainer(container: Container, settings: ContainerSettings): void {
    const old = { ...container };
    try {
      this.#atomically(() => {
        const reindex =
          JSON.stringify(container.compositeIndexes) !== JSON.stringify(settings.compositeIndexes);
        if (reindex) {
          for (const { table } of container.partitions) {
            dropCompositeIndexes(this.#db, table, container.compositeIndexes);
            addCompositeIndexes(this.#db, table, settings.compositeIndexes);
          }
        }
        container.compositeIndexes = settings.compositeIndexes;
        container.defaultTtl = settings.defaultTtl;
        container.resource = this.#containerResource(
          container.databaseRid,
          container.rid,
          settings.resource,
        );
        if (old.defaultTtl !== settings.defaultTtl) refreshExpiry(this.#db, container);
        this.#saveContainer(container);
      });
    } catch (error) {
      Object.assign(container, old);
      throw error;
    }
  }

  deleteContainer(container: Container): void {
    this.#atomically(() => this.#dropContainer(container));
    this.databases.get(container.databaseId)?.containers.delete(container.id);
    this.#forgetOwnedBy(container.rid);
    container.partitions = [];
  }

  /** Records a partition and makes its table; the caller adds it to the container. */
  createPartition(
    container: Container,
    partition: Omit<PhysicalPartition, "table">,
  ): PhysicalPartition {
    const table = `p${this.#takeNumber()}`;
    createPartitionTable(this.#db, table, container.compositeIndexes);
    this.#db
      .prepare(
        `INSERT INTO partitions
           (container_rid, id, min, max, parents, table_name, lsn, last_ts, next_rid)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        container.rid,
        partition.id,
        partition.minInclusive,
        partition.maxExclusive,
        JSON.stringify(partition.parents),
        table,
        partition.lsn,
        partition.lastTs,
        container.nextRid,
      );
    return { ...partition, table };
  }

  /** Removes a partition whose items have moved elsewhere. */
  dropPartition(container: Container, partition: PhysicalPartition): void {
    this.#db.exec(`DROP TABLE ${partition.table}`);
    this.#db
      .prepare("DELETE FROM partitions WHERE container_rid = ? AND id = ?")
      .run(container.rid, partition.id);
  }

  /** Lists stored procedures of a container, or all offers. */
  owned(kind: OwnedKind, ownerRid?: string): readonly OwnedResource[] {
    const prefix = ownerRid === undefined ? `${kind}\n` : `${kind}\n${ownerRid}\n`;
    return [...this.#owned].filter(([key]) => key.startsWith(prefix)).map(([, one]) => one);
  }

  findOwned(kind: OwnedKind, ownerRid: string, idOrRid: string): OwnedResource | undefined {
    return (
      this.#owned.get(ownedKey(kind, ownerRid, idOrRid)) ??
      this.owned(kind, ownerRid).find(({ rid }) => rid === idOrRid)
    );
  }

  /** Creates a stored procedure below its container, or replaces it under the same resource id. */
  putStoredProcedure(container: Container, id: string, body: JsonValue): OwnedResource {
    const owned = this.#atomically(() => {
      const rid =
        this.findOwned("sprocs", container.rid, id)?.rid ??
        this.#childRid(container.rid, "storedProcedure");
      const self = `dbs/${container.databaseRid}/colls/${container.rid}/sprocs/${rid}/`;
      const resource = { id, body, ...this.#system(rid, self) };
      return this.#saveOwned("sprocs", container.rid, id, { rid, resource });
    });
    this.#owned.set(ownedKey("sprocs", container.rid, id), owned);
    return owned;
  }

  /** Records the throughput of a container or database under the link of that resource. */
  putOffer(ownerRid: string, resourceLink: string, content: JsonObject): OwnedResource {
    const owned = this.#atomically(() => {
      const rid = this.owned("offers", ownerRid)[0]?.rid ?? offerResourceId(this.#takeNumber());
      const resource = {
        id: rid,
        ...this.#system(rid, `offers/${rid}/`),
        resource: resourceLink,
        offerResourceId: ownerRid,
        offerType: "Invalid",
        offerVersion: "V2",
        content,
      };
      return this.#saveOwned("offers", ownerRid, rid, { rid, resource });
    });
    this.#owned.set(ownedKey("offers", ownerRid, owned.rid), owned);
    return owned;
  }

  deleteOwned(kind: OwnedKind, ownerRid: string, id: string): void {
    this.#atomically(() => {
      this.#db
        .prepare("DELETE FROM owned WHERE kind = ? AND owner_rid = ? AND id = ?")
        .run(kind, ownerRid, id);
    });
    this.#owned.delete(ownedKey(kind, ownerRid, id));
  }

  /**
   * Runs changes of the catalogue as one durable transaction.
   *
   * errors  what a change throws, with no effect; 503 when they could not be made durable
   */
  atomically<T>(change: () => T): T {
    return this.#atomically(change);
  }

  #atomically<T>(change: () => T): T {
    if (this.#db.isTransaction) return change();
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.#db
        .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('next_number', ?)")
        .run(this.#nextNumber);
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw isDatabaseFailure(error) ? notDurable(error) : error;
    }
  }

  #saveOwned(kind: OwnedKind, ownerRid: string, id: string, owned: OwnedResource): OwnedResource {
    this.#db
      .prepare(
        "INSERT OR REPLACE INTO owned (kind, owner_rid, id, rid, resource) VALUES (?,?,?,?,?)",
      )
      .run(kind, ownerRid, id, owned.rid, JSON.stringify(owned.resource));
    return owned;
  }

  #dropContainer(container: Container): void {
    for (const partition of container.partitions) this.dropPartition(container, partition);
    this.#deleteOwnedBy(container.rid);
    this.#db.prepare("DELETE FROM containers WHERE rid = ?").run(container.rid);
  }

  #deleteOwnedBy(ownerRid: string): void {
    this.#db.prepare("DELETE FROM owned WHERE owner_rid = ?").run(ownerRid);
  }

  /** Only once their deletion is durable. */
  #forgetOwnedBy(ownerRid: string): void {
    for (const key of this.#owned.keys()) {
      if (key.split("\n")[1] === ownerRid) this.#owned.delete(key);
    }
  }

  #saveContainer(container: Container): void {
    const { resource, partitions, nextRid, ...settings } = container;
    this.#db
      .prepare(
        "INSERT OR REPLACE INTO containers (rid, database_rid, settings, resource) VALUES (?,?,?,?)",
      )
      .run(
        container.rid,
        container.databaseRid,
        JSON.stringify(settings),
        JSON.stringify(resource),
      );
  }

  #containerResource(databaseRid: string, rid: string, resource: JsonObject): JsonObject {
    return {
      ...resource,
      ...this.#system(rid, `dbs/${databaseRid}/colls/${rid}/`),
      _docs: "docs/",
      _sprocs: "sprocs/",
      _triggers: "triggers/",
      _udfs: "udfs/",
      _conflicts: "conflicts/",
    };
  }

  #system(rid: string, self: string) {
    const stamp = this.#takeNumber().toString(16).padStart(8, "0");
    return {
      _rid: rid,
      _self: self,
      _etag: `"${stamp}-0000-0000-0000-000000000000"`,
      _ts: Math.floor(this.#now() / 1000),
    };
  }

  #childRid(containerRid: string, kind: ChildKind): string {
    return childResourceId(containerRid, kind, this.#takeNumber());
  }

  #takeNumber(): number {
    return this.#nextNumber++;
  }
}

const ownedKey = (kind: OwnedKind, ownerRid: string, id: string): string =>
  `${kind}\n${ownerRid}\n${id}`;
