import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { JsonObject } from "../../local/cosmos/json.ts";
import { POSITIONS_PER_LSN } from "../../local/cosmos/store/partition-table.ts";
import {
  type Container,
  type PhysicalPartition,
  partitionFor,
} from "../../local/cosmos/store/physical-partition.ts";
import { Store } from "../../local/cosmos/store/store.ts";
import type { Transaction } from "../../local/cosmos/store/transaction.ts";

export type Row = Record<string, SQLInputValue>;

/** What one transaction did to one document. */
export type WatchedWrite = {
  readonly pk: string;
  readonly id: string;
  readonly epk: string;
  /** The row of its table before, if there was one and rows are kept. */
  readonly before: Row | undefined;
  /** Undefined: deleted. */
  readonly after: WatchedDocument | undefined;
};

export type WatchedDocument = {
  readonly rid: number;
  readonly ts: number;
  readonly lsn: number;
  readonly etag: string;
  readonly body: JsonObject;
};

/** What a store takes from the world that it is part of. */
export type StoreSurroundings = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly schedule: (flush: () => void) => void;
  readonly onCommit: (container: Container, writes: readonly WatchedWrite[]) => void;
  /** Keeps the rows from before each write, so that it can be undone. */
  readonly keepsRows: boolean;
};

/** The embedded server's store, which tells what each transaction does to the documents. */
export class WatchedStore extends Store {
  /** Another world's when the store is used again. */
  #surroundings: StoreSurroundings;
  /** The last group commit that was scheduled; its world may have ended before it. */
  #flush: () => void = () => undefined;
  readonly #finds = new Map<string, StatementSync>();

  constructor(surroundings: StoreSurroundings) {
    super({
      now: () => this.#surroundings.now(),
      schedule: (flush) => {
        this.#flush = flush;
        this.#surroundings.schedule(flush);
      },
    });
    this.#surroundings = surroundings;
  }

  /** Empties the containers for the next world. */
  reset(surroundings: StoreSurroundings, containers: readonly Container[]): void {
    this.#flush();
    this.#surroundings = surroundings;
    for (const container of containers) {
      container.nextRid = 1;
      for (const partition of container.partitions) {
        Object.assign(partition, { lsn: 0, lastTs: 0 });
        this.db.exec(`DELETE FROM ${partition.table}`);
      }
    }
  }

  override commit<T>(
    container: Container,
    partition: PhysicalPartition,
    plan: (transaction: Transaction) => T,
  ): Promise<T> {
    return super.commit(container, partition, (transaction) => {
      const value = plan(transaction);
      if (!transaction.isEmpty) this.#tell(container, partition, transaction);
      return value;
    });
  }

  /** Commits what waits for its group, now. */
  commitWaiting(): void {
    this.#flush();
  }

  /** Puts a row back as it was, or takes it away: what a region that never had the write shows. */
  restore(container: Container, { epk, pk, id, before }: WatchedWrite): void {
    const { table } = partitionFor(container, epk);
    this.db.prepare(`DELETE FROM ${table} WHERE pk = ? AND id = ?`).run(pk, id);
    if (!before) return;
    const row: Row = { ...before, position: this.#freePosition(table, Number(before.position)) };
    const columns = Object.keys(row);
    const marks = columns.map(() => "?").join(", ");
    this.db
      .prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`)
      .run(...columns.map((column) => row[column] ?? null));
  }

  /** Where a row was, or behind its transaction if a merge has put another there meanwhile. */
  #freePosition(table: string, position: number): number {
    const taken = this.db.prepare(`SELECT 1 FROM ${table} WHERE position = ?`).get(position);
    if (!taken) return position;
    const next = position - (position % POSITIONS_PER_LSN) + POSITIONS_PER_LSN;
    const last = this.db.prepare(`SELECT max(position) AS at FROM ${table} WHERE position < ?`);
    return Number((last.get(next) as Row).at) + 1;
  }

  /** All documents of a container, by logical partition and id. */
  documents(container: Container): ReadonlyMap<string, string> {
    const rows = container.partitions.flatMap(
      ({ table }) => this.db.prepare(`SELECT pk, id, doc FROM ${table}`).all() as Row[],
    );
    return new Map(rows.map(({ pk, id, doc }) => [`${pk}\n${id}`, String(doc)]));
  }

  #tell(container: Container, { table }: PhysicalPartition, transaction: Transaction): void {
    const { keepsRows, onCommit } = this.#surroundings;
    const writes = [...transaction.writes()].map(({ pk, id, row }): WatchedWrite => {
      const before = keepsRows ? this.#find(table, pk, id) : undefined;
      if (!row) return { pk, id, epk: "", before, after: undefined };
      const { rid, ts, etag, text, lsn } = row.item;
      return {
        pk,
        id,
        epk: row.epk,
        before,
        after: { rid, ts, etag, lsn, body: JSON.parse(text) },
      };
    });
    onCommit(container, writes);
  }

  #find(table: string, pk: string, id: string): Row | undefined {
    const known = this.#finds.get(table);
    const find = known ?? this.db.prepare(`SELECT * FROM ${table} WHERE pk = ? AND id = ?`);
    this.#finds.set(table, find);
    return find.get(pk, id) as Row | undefined;
  }
}
