import type { DatabaseSync } from "node:sqlite";
import { gone, notFound } from "../cosmos-error.ts";
import { Catalogue } from "./catalogue.ts";
import { Committer } from "./committer.ts";
import { openDataFolder } from "./data-folder.ts";
import { purgeExpired } from "./expiry.ts";
import { isDatabaseFailure } from "./not-durable.ts";
import { PartitionReader } from "./partition-reader.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";
import { mergePartitions, splitPartition } from "./repartition.ts";
import type { Transaction } from "./transaction.ts";

export type StoreOptions = {
  /** Folder of the data; without one everything is in memory. */
  readonly directory?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** When a group commit runs; by default once the requests at hand have been read. */
  readonly schedule?: (flush: () => void) => void;
  /** Makes logical partitions fill up early, for tests; by default they have no limit. */
  readonly logicalPartitionLimitBytes?: number;
};

/** Databases, containers and items: durable, with change order and transactions. */
export class Store {
  readonly catalogue: Catalogue;
  /** The database file that worker threads may read, undefined in memory. */
  readonly file: string | undefined;
  readonly db: DatabaseSync;
  readonly #now: () => number;
  readonly #committer: Committer;
  readonly #close: () => void;
  readonly #readers = new Map<string, PartitionReader>();
  readonly #waiting = new Map<PhysicalPartition, Set<() => void>>();

  constructor(options: StoreOptions = {}) {
    const folder = openDataFolder(options.directory);
    this.db = folder.db;
    this.file = folder.file;
    this.#close = folder.close;
    this.#now = options.now ?? Date.now;
    this.catalogue = new Catalogue(folder.db, this.#now);
    this.#committer = new Committer({
      db: folder.db,
      now: this.#now,
      readerOf: (partition) => this.reader(partition),
      schedule: options.schedule ?? ((flush) => setImmediate(flush)),
      onCommit: (partition) => this.#wake(partition),
      logicalPartitionLimitBytes: options.logicalPartitionLimitBytes,
    });
  }

  /**
   * Runs a plan as one transaction of a physical partition and answers when it is durable.
   *
   * errors  what the plan throws; 410/1002 if the partition has split or merged meanwhile, 404/1003
   *         if the container was deleted
   */
  commit<T>(
    container: Container,
    partition: PhysicalPartition,
    plan: (transaction: Transaction) => T,
  ): Promise<T> {
    return this.#committer.commit({ container, partition }, (transaction) => {
      if (container.partitions.length === 0) throw notFound(undefined, 1003);
      if (!container.partitions.includes(partition)) {
        throw gone("The partition key range is gone: it was split or merged.", 1002);
      }
      return plan(transaction);
    });
  }

  reader(partition: PhysicalPartition): PartitionReader {
    const known = this.#readers.get(partition.table);
    if (known) return known;
    const reader = new PartitionReader(this.db, partition.table, () => this.#nowSeconds());
    this.#readers.set(partition.table, reader);
    return reader;
  }

  /** Reserves numbers for documents that a script may create; answers the first. */
  reserveRids(container: Container, count: number): number {
    const first = container.nextRid;
    container.nextRid += count;
    return first;
  }

  /** Divides a partition, after what already waits to be committed there. */
  split(container: Container, partition: PhysicalPartition): readonly PhysicalPartition[] {
    this.#committer.flush();
    const parts = { db: this.db, catalogue: this.catalogue, container };
    const children = splitPartition(parts, partition);
    this.#forget(partition);
    return children;
  }

  /** Joins two neighbours, after what already waits to be committed there. */
  merge(
    container: Container,
    neighbours: readonly [PhysicalPartition, PhysicalPartition],
  ): PhysicalPartition {
    this.#committer.flush();
    const parts = { db: this.db, catalogue: this.catalogue, container };
    const child = mergePartitions(parts, neighbours);
    for (const partition of neighbours) this.#forget(partition);
    return child;
  }

  /**
   * Removes expired items for good, a bounded number a call.
   *
   * errors  none of the disk: nobody sees expired items anyway, and the next call tries again
   */
  purge(): void {
    try {
      for (const database of this.catalogue.databases.values()) {
        for (const container of database.containers.values()) {
          purgeExpired(this.db, container, this.#nowSeconds());
        }
      }
    } catch (error) {
      if (!isDatabaseFailure(error)) throw error;
    }
  }

  /** Calls back once when the partition commits or goes away; the answer cancels that. */
  onNextCommit(partition: PhysicalPartition, callback: () => void): () => void {
    const waiting = this.#waiting.get(partition) ?? new Set();
    this.#waiting.set(partition, waiting.add(callback));
    return () => {
      waiting.delete(callback);
    };
  }

  /** Commits what waits and closes the data folder. */
  close(): void {
    this.#committer.flush();
    this.#close();
  }

  #forget(partition: PhysicalPartition): void {
    this.#readers.delete(partition.table);
    this.#wake(partition);
  }

  #wake(partition: PhysicalPartition): void {
    const waiting = this.#waiting.get(partition);
    if (!waiting) return;
    this.#waiting.delete(partition);
    for (const callback of waiting) callback();
  }

  #nowSeconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}
