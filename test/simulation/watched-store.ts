import type { SQLInputValue } from "node:sqlite";
import type { JsonObject } from "../../local/cosmos/json.ts";
import {
  type Container,
  type PhysicalPartition,
  partitionFor,
} from "../../local/cosmos/store/physical-partition.ts";
import { Store, type StoreOptions } from "../../local/cosmos/store/store.ts";
import type { Transaction } from "../../local/cosmos/store/transaction.ts";

export type Row = Record<string, SQLInputValue>;

/** What one transaction did to one document. */
export type WatchedWrite = {
  readonly pk: string;
  readonly id: string;
  readonly epk: string;
  /** The row of its table before, if there was one. */
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

type Watch = (container: Container, writes: readonly WatchedWrite[]) => void;

/** The embedded server's store, which tells what each transaction does to the documents. */
export class WatchedStore extends Store {
  readonly #watch: Watch;

  constructor(options: StoreOptions, watch: Watch) {
    super(options);
    this.#watch = watch;
  }

  override commit<T>(
    container: Container,
    partition: PhysicalPartition,
    plan: (transaction: Transaction) => T,
  ): Promise<T> {
    return super.commit(container, partition, (transaction) => {
      const value = plan(transaction);
      if (!transaction.isEmpty) this.#watch(container, this.#writesOf(partition, transaction));
      return value;
    });
  }

  /** Puts a row back as it was, or takes it away: what a region that never had the write shows. */
  restore(container: Container, { epk, pk, id, before }: WatchedWrite): void {
    const { table } = partitionFor(container, epk);
    this.db.prepare(`DELETE FROM ${table} WHERE pk = ? AND id = ?`).run(pk, id);
    if (!before) return;
    const columns = Object.keys(before);
    const marks = columns.map(() => "?").join(", ");
    this.db
      .prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`)
      .run(...columns.map((column) => before[column] ?? null));
  }

  /** All documents of a container, by logical partition and id. */
  documents(container: Container): ReadonlyMap<string, string> {
    const rows = container.partitions.flatMap(
      ({ table }) => this.db.prepare(`SELECT pk, id, doc FROM ${table}`).all() as Row[],
    );
    return new Map(rows.map(({ pk, id, doc }) => [`${pk}\n${id}`, String(doc)]));
  }

  #writesOf({ table }: PhysicalPartition, transaction: Transaction): readonly WatchedWrite[] {
    const find = this.db.prepare(`SELECT * FROM ${table} WHERE pk = ? AND id = ?`);
    return [...transaction.writes()].map(({ pk, id, row }) => {
      const before = find.get(pk, id) as Row | undefined;
      const epk = row?.epk ?? String(before?.epk);
      if (!row) return { pk, id, epk, before, after: undefined };
      const { rid, ts, etag, text, lsn } = row.item;
      return { pk, id, epk, before, after: { rid, ts, etag, lsn, body: JSON.parse(text) } };
    });
  }
}
