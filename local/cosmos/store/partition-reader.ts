import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { JsonObject, JsonValue } from "../json.ts";
import type { CompositeIndex, Seek, Source, SourceItem } from "../sql/source.ts";
import { indexKey, keyAfter } from "./index-key.ts";
import { keyColumn, POSITIONS_PER_LSN } from "./partition-table.ts";
import type { StoredItem } from "./stored-item.ts";

/** Which part of a physical partition a request addresses. */
export type Scope = {
  readonly pk?: string;
  /** Paths of the container's partition key with the values that `pk` stands for. */
  readonly fixed?: ReadonlyMap<string, JsonValue>;
  readonly minEpk?: string;
  readonly maxEpk?: string;
};

export type ChangesRequest = {
  readonly afterLsn: number;
  /** A hint: a transaction is never divided, so more may come. */
  readonly maxItems: number;
  readonly scope?: Scope;
  /** Only changes of a later second. */
  readonly afterTs?: number;
};

export type ItemVersion = Pick<StoredItem, "rid" | "etag">;

export type Change = Pick<StoredItem, "lsn" | "text">;

const FIRST_CHUNK = 64;
/** Enough for a query that takes a hundred and looks whether there are more. */
const FIRST_SEEK_CHUNK = 128;
const LARGEST_CHUNK = 512;
/** Text of one page of changes after which the page ends with its transaction. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

type Row = Record<string, SQLInputValue>;

/**
 * Reads the items of one physical partition.
 *
 * On the writer's connection it sees what is committed, and inside a group commit what that group has
 * written so far; on a read-only connection of its own, what was committed when its transaction began.
 */
export class PartitionReader {
  readonly #db: DatabaseSync;
  readonly #table: string;
  readonly #nowSeconds: () => number;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, table: string, nowSeconds: () => number) {
    this.#db = db;
    this.#table = table;
    this.#nowSeconds = nowSeconds;
  }

  /** Finds an item by partition key and id; an expired one is not found. */
  read(pk: string, id: string): StoredItem | undefined {
    const row = this.#prepare(
      "SELECT rid, pk, id, position, etag, ts, doc, expires_at FROM $ WHERE pk = ? AND id = ?",
    ).get(pk, id) as Row | undefined;
    if (!row || this.#isExpired(row)) return undefined;
    return storedItem(row);
  }

  /** Tells which version of an item is stored, without reading the document. */
  version(pk: string, id: string): ItemVersion | undefined {
    const row = this.#prepare("SELECT rid, etag, expires_at FROM $ WHERE pk = ? AND id = ?").get(
      pk,
      id,
    ) as Row | undefined;
    if (!row || this.#isExpired(row)) return undefined;
    return { rid: Number(row.rid), etag: String(row.etag) };
  }

  logicalPartitionBytes(pk: string): number {
    const sum = "SELECT coalesce(sum(length(doc)), 0) AS bytes FROM $ WHERE pk = ?";
    return Number((this.#prepare(sum).get(pk) as Row).bytes);
  }

  /** Finds the document with a number, wherever its partition key lies. */
  readByRid(rid: number): StoredItem | undefined {
    const row = this.#prepare(
      "SELECT rid, pk, id, position, etag, ts, doc, expires_at FROM $ WHERE rid = ?",
    ).get(rid) as Row | undefined;
    if (!row || this.#isExpired(row)) return undefined;
    return storedItem(row);
  }

  /** Offers the partition, or the part in scope, to a query. */
  source(compositeIndexes: readonly CompositeIndex[], scope: Scope = {}): Source {
    const { pk } = scope;
    return {
      compositeIndexes,
      fixed: scope.fixed ?? new Map(),
      scan: (afterRid) =>
        pk === undefined ? this.#scanAll(afterRid, scope) : this.#scanLogical(pk, afterRid),
      seek: (seek) => this.#seek(seek, scope),
      ...(pk !== undefined && { byIds: (ids) => this.#byIds(pk, ids) }),
    };
  }

  /** Lists what changed after a log sequence number, whole transactions in their order. */
  changes(request: ChangesRequest): readonly Change[] {
    const { scope = {}, afterTs } = request;
    const filters = ["position >= ?", ...scopeFilters(scope)];
    const values: SQLInputValue[] = [
      (request.afterLsn + 1) * POSITIONS_PER_LSN,
      ...scopeValues(scope),
    ];
    if (afterTs !== undefined) {
      filters.push("ts > ?");
      values.push(afterTs);
    }
    const statement = this.#prepare(
      `SELECT position, doc, expires_at FROM $ WHERE ${filters.join(" AND ")} ORDER BY position`,
    );
    const page: Change[] = [];
    let characters = 0;
    for (const row of statement.iterate(...values) as Iterable<Row>) {
      const lsn = Math.floor(Number(row.position) / POSITIONS_PER_LSN);
      const full = page.length >= request.maxItems || characters >= PAGE_CHARACTERS;
      if (full && page.at(-1)?.lsn !== lsn) break;
      if (this.#isExpired(row)) continue;
      const text = String(row.doc);
      characters += text.length;
      page.push({ lsn, text });
    }
    return page;
  }

  *#scanAll(afterRid: number, scope: Scope): Iterable<SourceItem> {
    const where = ["rid > ?", ...scopeFilters(scope)].join(" AND ");
    const statement = this.#prepare(
      `SELECT rid, doc, expires_at FROM $ WHERE ${where} ORDER BY rid LIMIT ?`,
    );
    let last = afterRid;
    for (let chunk = FIRST_CHUNK; ; chunk = Math.min(chunk * 2, LARGEST_CHUNK)) {
      const rows = statement.all(last, ...scopeValues(scope), chunk) as Row[];
      yield* this.#live(rows);
      if (rows.length < chunk) return;
      last = Number(rows.at(-1)?.rid);
    }
  }

  /** The index on (pk, id) tells the documents; sorting their numbers restores insertion order. */
  *#scanLogical(pk: string, afterRid: number): Iterable<SourceItem> {
    const rids = this.#prepare("SELECT rid FROM $ WHERE pk = ? AND rid > ?").all(pk, afterRid) as {
      rid: number;
    }[];
    rids.sort((a, b) => a.rid - b.rid);
    const statement = this.#prepare("SELECT rid, doc, expires_at FROM $ WHERE rid = ?");
    for (const { rid } of rids) {
      const row = statement.get(rid) as Row | undefined;
      if (row) yield* this.#live([row]);
    }
  }

  #byIds(pk: string, ids: readonly string[]): readonly SourceItem[] {
    return ids.flatMap((id) => {
      const item = this.read(pk, id);
      return item ? [new StoredSourceItem(item.rid, item.text)] : [];
    });
  }

  *#seek(seek: Seek, scope: Scope): Iterable<SourceItem> {
    const { low, high } = seekRange(seek);
    const column = keyColumn(seek.index);
    // With a plus SQLite keeps to the index of the seek instead of the one on (pk, id).
    const filters = scopeFilters(scope).map((filter) => `+${filter}`);
    const behind = seek.descending ? `${column} < ? OR rid > ?` : `${column} > ? OR rid > ?`;
    const upper = seek.descending ? "<=" : "<";
    const where = [`${column} >= ?`, `${column} ${upper} ?`, `(${behind})`, ...filters];
    const order = seek.descending ? `${column} DESC, rid` : `${column}, rid`;
    const page = this.#prepare(
      `SELECT rid, doc, expires_at FROM $ WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT ?`,
    );
    const keyOf = this.#prepare(`SELECT ${column} AS key FROM $ WHERE rid = ?`);
    let last = seek.descending
      ? { key: high, rid: Number.MAX_SAFE_INTEGER }
      : { key: low, rid: -1 };
    for (let chunk = FIRST_SEEK_CHUNK; ; chunk = Math.min(chunk * 2, LARGEST_CHUNK)) {
      const bounds = seek.descending ? [low, last.key] : [last.key, high];
      const values = [...bounds, last.key, last.rid, ...scopeValues(scope), chunk];
      const rows = page.all(...values) as Row[];
      yield* this.#live(rows);
      if (rows.length < chunk) return;
      const rid = Number(rows.at(-1)?.rid);
      last = { key: (keyOf.get(rid) as { key: Buffer }).key, rid };
    }
  }

  *#live(rows: readonly Row[]): Iterable<SourceItem> {
    for (const row of rows) {
      if (!this.#isExpired(row)) yield new StoredSourceItem(Number(row.rid), String(row.doc));
    }
  }

  #isExpired(row: Row): boolean {
    return row.expires_at !== null && Number(row.expires_at) <= this.#nowSeconds();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql.replace("$", this.#table));
    this.#statements.set(sql, statement);
    return statement;
  }
}

class StoredSourceItem implements SourceItem {
  readonly rid: number;
  readonly text: string;
  #value: JsonObject | undefined;

  constructor(rid: number, text: string) {
    this.rid = rid;
    this.text = text;
  }

  get value(): JsonObject {
    this.#value ??= JSON.parse(this.text) as JsonObject;
    return this.#value;
  }
}

const storedItem = (row: Row): StoredItem => ({
  rid: Number(row.rid),
  pk: String(row.pk),
  id: String(row.id),
  lsn: Math.floor(Number(row.position) / POSITIONS_PER_LSN),
  etag: String(row.etag),
  ts: Number(row.ts),
  text: String(row.doc),
});

const scopeFilters = (scope: Scope): string[] => [
  ...(scope.pk === undefined ? [] : ["pk = ?"]),
  ...(scope.minEpk === undefined ? [] : ["epk >= ?"]),
  ...(scope.maxEpk === undefined ? [] : ["epk < ?"]),
];

const scopeValues = (scope: Scope): string[] =>
  [scope.pk, scope.minEpk, scope.maxEpk].filter((value) => value !== undefined);

const seekRange = (seek: Seek): { low: Buffer; high: Buffer } => {
  const prefix = indexKey(seek.prefix);
  const { lower, upper } = seek;
  const bound = (value: JsonValue): Buffer => Buffer.concat([prefix, indexKey([value])]);
  return {
    low: !lower ? prefix : lower.inclusive ? bound(lower.value) : keyAfter(bound(lower.value)),
    high: !upper
      ? keyAfter(prefix)
      : upper.inclusive
        ? keyAfter(bound(upper.value))
        : bound(upper.value),
  };
};
