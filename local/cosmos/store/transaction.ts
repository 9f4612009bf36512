import { CosmosError, retryWith } from "../cosmos-error.ts";
import type { JsonObject } from "../json.ts";
import type { LogicalKey } from "../partitioning/partition-key.ts";
import { expiresAt } from "./expiry.ts";
import type { ItemVersion, PartitionReader } from "./partition-reader.ts";
import { compositeKeys, POSITIONS_PER_LSN } from "./partition-table.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";
import { documentText, type StoredItem } from "./stored-item.ts";

export type Put = {
  readonly key: LogicalKey;
  readonly id: string;
  /** System properties in it are ignored. */
  readonly body: JsonObject;
  /** Number of a new document, from `reserveRids`; by default the next one. */
  readonly rid?: number;
  readonly etag?: string;
};

export type Row = {
  readonly item: StoredItem;
  readonly epk: string;
  readonly expiresAt: number | null;
  readonly keys: readonly (Buffer | null)[];
  /** Whether a live version of the document is in the table already. */
  readonly replaces: boolean;
};

/** The final state of one document that a transaction touched; no row: deleted. */
export type Write = { readonly pk: string; readonly id: string; readonly row: Row | undefined };

type Context = {
  readonly container: Container;
  readonly partition: PhysicalPartition;
  readonly reader: PartitionReader;
  readonly lsn: number;
  readonly ts: number;
};

/**
 * Gathers the writes of one transaction; nothing reaches the disk before its plan has returned.
 *
 * All of them get one log sequence number. A document written twice is stored once, in its last state.
 */
export class Transaction {
  readonly lsn: number;
  /** Seconds. */
  readonly ts: number;
  readonly #context: Context;
  readonly #writes = new Map<string, Write>();
  readonly #stored = new Map<string, StoredItem | undefined>();
  readonly #versions = new Map<string, ItemVersion | undefined>();
  #operations = 0;

  constructor(context: Context) {
    this.#context = context;
    this.lsn = context.lsn;
    this.ts = context.ts;
  }

  /** Reads an item, this transaction's own writes included. */
  read(pk: string, id: string): StoredItem | undefined {
    const own = this.#writes.get(writeKey(pk, id));
    return own ? own.row?.item : this.#readStored(pk, id);
  }

  /** Creates or replaces an item; conditions are the caller's to check before. */
  put(put: Put): StoredItem {
    const { container, ts, lsn } = this.#context;
    const { key, id, body } = put;
    const rid = this.#version(key.pk, id)?.rid ?? put.rid ?? container.nextRid++;
    const etag = put.etag ?? this.#nextEtag();
    const text = documentText(container, body, { rid, etag, ts });
    const item: StoredItem = { rid, pk: key.pk, id, lsn, etag, ts, text };
    const row: Row = {
      item,
      epk: key.epk,
      expiresAt: expiresAt(container.defaultTtl, body.ttl, ts),
      keys: compositeKeys({ ...body, _ts: ts }, container.compositeIndexes),
      replaces: this.#storedVersion(key.pk, id)?.rid === rid,
    };
    this.#add({ pk: key.pk, id, row });
    return item;
  }

  delete(pk: string, id: string): void {
    this.#add({ pk, id, row: undefined });
  }

  /** Refuses the transaction with 449 unless the item still has this etag (null: does not exist). */
  expect(pk: string, id: string, etag: string | null): void {
    if ((this.#version(pk, id)?.etag ?? null) !== etag) throw retryWith();
  }

  writes(): Iterable<Write> {
    return this.#writes.values();
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  #readStored(pk: string, id: string): StoredItem | undefined {
    const key = writeKey(pk, id);
    if (this.#stored.has(key)) return this.#stored.get(key);
    const item = this.#context.reader.read(pk, id);
    this.#stored.set(key, item);
    this.#versions.set(key, item);
    return item;
  }

  #version(pk: string, id: string): ItemVersion | undefined {
    const own = this.#writes.get(writeKey(pk, id));
    return own ? own.row?.item : this.#storedVersion(pk, id);
  }

  #storedVersion(pk: string, id: string): ItemVersion | undefined {
    const key = writeKey(pk, id);
    if (this.#versions.has(key)) return this.#versions.get(key);
    const version = this.#context.reader.version(pk, id);
    this.#versions.set(key, version);
    return version;
  }

  #add(write: Write): void {
    const key = writeKey(write.pk, write.id);
    this.#writes.delete(key);
    this.#writes.set(key, write);
    this.#operations++;
    if (this.#operations >= POSITIONS_PER_LSN) {
      throw new CosmosError(413, "RequestEntityTooLarge", "Too many writes in one transaction.");
    }
  }

  /** Unique in the container: partitions have ids of their own, and no position is used twice. */
  #nextEtag(): string {
    const position = this.lsn * POSITIONS_PER_LSN + this.#operations;
    const hex = position.toString(16).padStart(16, "0");
    const partition = Number(this.#context.partition.id).toString(16).padStart(8, "0");
    return `"${partition}-${hex.slice(0, 4)}-0000-0000-${hex.slice(4)}"`;
  }
}

const writeKey = (pk: string, id: string): string => `${pk}\n${id}`;
