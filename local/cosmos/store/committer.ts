import type { DatabaseSync, StatementSync } from "node:sqlite";
import { notDurable } from "./not-durable.ts";
import type { PartitionReader } from "./partition-reader.ts";
import { requireRoom } from "./partition-room.ts";
import { keyColumn, POSITIONS_PER_LSN } from "./partition-table.ts";
import type { Container, PhysicalPartition } from "./physical-partition.ts";
import { Transaction, type Write } from "./transaction.ts";

type Target = { readonly container: Container; readonly partition: PhysicalPartition };

type Pending = Target & {
  readonly plan: (transaction: Transaction) => unknown;
  readonly settle: (outcome: Outcome) => void;
};

type Outcome = { readonly value: unknown } | { readonly error: unknown };

export type CommitterOptions = {
  readonly db: DatabaseSync;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly readerOf: (partition: PhysicalPartition) => PartitionReader;
  /** Runs the group commit a little later, when more may have gathered. */
  readonly schedule: (flush: () => void) => void;
  readonly onCommit: (partition: PhysicalPartition) => void;
  /** What one logical partition may hold; measured at each write, so for tests only. */
  readonly logicalPartitionLimitBytes: number | undefined;
};

const CHANGED_COLUMNS = ["position", "etag", "ts", "expires_at", "doc"];

/** Transactions that share one fsync at most. */
const MAX_GROUP = 1_000;

/**
 * The one way by which items change: single writes, batches and stored procedures alike.
 *
 * A plan runs alone, sees all that was committed before it, and returns its answer or throws; its
 * writes get the partition's next log sequence number. Plans that wait at the same time share one
 * append and one fsync, and nobody is answered before it. So reads between two group commits, all on
 * this thread, see durable data only.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #statements = new Map<string, StatementSync>();
  #pending: Pending[] = [];
  #scheduled = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /**
   * Runs a plan in the next group commit.
   *
   * errors  whatever the plan throws, with no effect; 503 when the group could not be made durable
   */
  commit<T>(target: Target, plan: (transaction: Transaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome): void =>
        "error" in outcome ? reject(outcome.error) : resolve(outcome.value as T);
      this.#pending.push({ ...target, plan, settle });
      this.#scheduleFlush();
    });
  }

  /** Commits all that waits, now. */
  flush(): void {
    while (this.#pending.length > 0) this.#flushGroup();
  }

  #flushGroup(): void {
    const group = this.#pending.splice(0, MAX_GROUP);
    if (group.length === 0) return;
    const before = new Map(
      group.map(({ partition }) => [partition, { lsn: partition.lsn, lastTs: partition.lastTs }]),
    );
    const outcomes = this.#commitGroup(group, before);
    group.forEach(({ settle }, i) => {
      settle(outcomes[i] as Outcome);
    });
    for (const [partition, { lsn }] of before) {
      if (partition.lsn > lsn) this.#options.onCommit(partition);
    }
    if (this.#pending.length > 0) this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.schedule(() => {
      this.#scheduled = false;
      this.#flushGroup();
    });
  }

  #commitGroup(
    group: readonly Pending[],
    before: ReadonlyMap<PhysicalPartition, { lsn: number; lastTs: number }>,
  ): readonly Outcome[] {
    const { db } = this.#options;
    try {
      db.exec("BEGIN IMMEDIATE");
      const outcomes = group.map((pending) => this.#run(pending));
      for (const { container, partition } of group) {
        if (partition.lsn > (before.get(partition)?.lsn ?? 0))
          this.#recordLsn(container, partition);
      }
      db.exec("COMMIT");
      return outcomes;
    } catch (error) {
      for (const [partition, old] of before) Object.assign(partition, old);
      if (db.isTransaction) db.exec("ROLLBACK");
      const refusal = notDurable(error);
      return group.map(() => ({ error: refusal }));
    }
  }

  #run({ container, partition, plan }: Pending): Outcome {
    const ts = Math.max(partition.lastTs, Math.floor(this.#options.now() / 1000));
    const reader = this.#options.readerOf(partition);
    const lsn = partition.lsn + 1;
    const transaction = new Transaction({ container, partition, reader, lsn, ts });
    let value: unknown;
    try {
      value = plan(transaction);
      const { logicalPartitionLimitBytes: limitBytes } = this.#options;
      if (limitBytes !== undefined) requireRoom(transaction, reader, limitBytes);
    } catch (error) {
      return { error };
    }
    if (transaction.isEmpty) return { value };
    let position = lsn * POSITIONS_PER_LSN;
    for (const write of transaction.writes()) this.#apply(partition, write, position++);
    partition.lsn = lsn;
    partition.lastTs = ts;
    return { value };
  }

  #apply({ table }: PhysicalPartition, write: Write, position: number): void {
    const { row } = write;
    if (!row) {
      this.#prepare(`DELETE FROM ${table} WHERE pk = ? AND id = ?`).run(write.pk, write.id);
      return;
    }
    const { item, keys } = row;
    const changed = [position, item.etag, item.ts, row.expiresAt, item.text, ...keys];
    const columns = [...CHANGED_COLUMNS, ...keys.map((_, i) => keyColumn(i))];
    if (row.replaces) {
      const set = columns.map((column) => `${column} = ?`).join(", ");
      this.#prepare(`UPDATE ${table} SET ${set} WHERE rid = ?`).run(...changed, item.rid);
      return;
    }
    const marks = columns.map(() => "?").join(", ");
    this.#prepare(
      `INSERT OR REPLACE INTO ${table} (rid, pk, epk, id, ${columns.join(", ")})
       VALUES (?, ?, ?, ?, ${marks})`,
    ).run(item.rid, item.pk, row.epk, item.id, ...changed);
  }

  #recordLsn(container: Container, partition: PhysicalPartition): void {
    this.#prepare(
      "UPDATE partitions SET lsn = ?, last_ts = ?, next_rid = ? WHERE container_rid = ? AND id = ?",
    ).run(partition.lsn, partition.lastTs, container.nextRid, container.rid, partition.id);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#options.db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
