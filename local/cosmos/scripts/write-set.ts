import { CosmosError } from "../cosmos-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { partitionKeyOf } from "../partitioning/partition-key.ts";
import { childNumber, childResourceId } from "../partitioning/resource-id.ts";
import { itemId } from "../resource-name.ts";
import type { Container } from "../store/physical-partition.ts";
import { documentText } from "../store/stored-item.ts";
import { MAX_DOCUMENT_BYTES } from "./script-limits.ts";

/** The committed items of one logical partition, as they were when the execution began. */
export type ScriptItems = {
  read(id: string): ScriptItem | undefined;
  readByRid(rid: number): ScriptItem | undefined;
};

export type ScriptItem = {
  readonly rid: number;
  readonly id: string;
  /** With its quotes. */
  readonly etag: string;
  readonly text: string;
};

/** The final state of one item that a script wrote; without a put it is deleted. */
export type ScriptWrite = {
  readonly id: string;
  /** The etag that the item must still have when this commits, null: it must not exist. */
  readonly expect: string | null;
  readonly put?: { readonly rid: number; readonly etag: string; readonly body: JsonObject };
};

export type ScriptContainer = Pick<
  Container,
  "rid" | "id" | "databaseRid" | "databaseId" | "partitionKey"
>;

/** What the documents of one execution are made with. */
export type WriteSetOptions = {
  readonly container: ScriptContainer;
  /** Canonical JSON of the partition key that the execution is for. */
  readonly pk: string;
  /** First of the numbers reserved for new documents, as many as writes are allowed. */
  readonly firstRid: number;
  readonly nowMs: number;
};

/** The collection as the script sees it: what is committed, under its own writes. */
export type WriteSet = {
  find(address: Address): ScriptItem;
  create(text: string): ScriptItem;
  upsert(text: string, etag: string): ScriptItem;
  replace(address: Address, text: string, etag: string): ScriptItem;
  remove(address: Address, etag: string): void;
  writes(): readonly ScriptWrite[];
};

export type Address = { readonly byRid: boolean; readonly key: string };

type Touched = { readonly before: ScriptItem | undefined; readonly now: Written | undefined };
type Written = ScriptItem & { readonly body: JsonObject };

/** Gathers what a script writes; nothing leaves it before the script has ended well. */
export const createWriteSet = (items: ScriptItems, options: WriteSetOptions): WriteSet => {
  const { container } = options;
  const touched = new Map<string, Touched>();
  const createdIds = new Map<number, string>();
  let writes = 0;

  const committed = new Map<string, ScriptItem | undefined>();
  const readCommitted = (id: string): ScriptItem | undefined => {
    if (!committed.has(id)) committed.set(id, items.read(id));
    return committed.get(id);
  };
  const committedByRid = (rid: number): ScriptItem | undefined => {
    const item = items.readByRid(rid);
    if (item) committed.set(item.id, item);
    return item;
  };
  const read = (id: string): ScriptItem | undefined => {
    const own = touched.get(id);
    return own ? own.now : readCommitted(id);
  };
  const readByRid = (rid: string): ScriptItem | undefined => {
    const number = childNumber(rid);
    if (number === undefined || childResourceId(container.rid, "document", number) !== rid) return;
    const id = createdIds.get(number) ?? committedByRid(number)?.id;
    const item = id === undefined ? undefined : read(id);
    return item?.rid === number ? item : undefined;
  };
  const find = ({ byRid, key }: Address): ScriptItem => {
    const item = byRid ? readByRid(key) : read(key);
    if (!item) throw failed(404, "Resource Not Found.");
    return item;
  };
  const remember = (id: string, now: Written | undefined): void => {
    touched.delete(id);
    touched.set(id, { before: readCommitted(id), now });
  };
  const put = (body: JsonObject & { readonly id: string }, rid: number): ScriptItem => {
    const etag = scriptEtag(options, ++writes);
    const ts = Math.floor(options.nowMs / 1000);
    const text = documentText(container, body, { rid, etag, ts });
    if (text.length * 3 > MAX_DOCUMENT_BYTES && Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
      throw failed(413, "Request size is too large");
    }
    const written = { rid, id: body.id, etag, text, body };
    remember(body.id, written);
    return written;
  };
  const insert = (body: JsonObject & { readonly id: string }): ScriptItem => {
    const rid = options.firstRid + createdIds.size;
    const item = put(body, rid);
    createdIds.set(rid, body.id);
    return item;
  };

  return {
    find,
    create(text) {
      const body = validDocument(text, options);
      if (read(body.id)) throw failed(409, "Resource with specified id or name already exists.");
      return insert(body);
    },
    upsert(text, etag) {
      const body = validDocument(text, options);
      const existing = read(body.id);
      if (!existing) return insert(body);
      requireEtag(existing, etag);
      return put(body, existing.rid);
    },
    replace(address, text, etag) {
      const existing = find(address);
      const body = validDocument(text, options);
      if (body.id !== existing.id) throw failed(400, "The id of a document cannot be changed.");
      requireEtag(existing, etag);
      return put(body, existing.rid);
    },
    remove(address, etag) {
      const existing = find(address);
      requireEtag(existing, etag);
      remember(existing.id, undefined);
    },
    writes: () => [...touched].flatMap(([id, { before, now }]) => finalWrites(id, before, now)),
  };
};

const finalWrites = (
  id: string,
  before: ScriptItem | undefined,
  now: Written | undefined,
): readonly ScriptWrite[] => {
  const expect = before?.etag ?? null;
  if (!now) return before ? [{ id, expect }] : [];
  const { rid, etag, body } = now;
  const isNewDocument = before !== undefined && before.rid !== rid;
  const put = { rid, etag, body };
  return isNewDocument
    ? [
        { id, expect },
        { id, expect: null, put },
      ]
    : [{ id, expect, put }];
};

const requireEtag = (existing: ScriptItem, etag: string): void => {
  if (etag === "" || etag === "*" || etag === existing.etag || `"${etag}"` === existing.etag)
    return;
  throw failed(412, "One of the specified pre-condition is not met.");
};

const validDocument = (
  text: string,
  { pk, container }: WriteSetOptions,
): JsonObject & { readonly id: string } => {
  const body = parse(text);
  const id = itemId(body.id);
  if (JSON.stringify(partitionKeyOf(body, container.partitionKey)) !== pk) {
    throw failed(
      400,
      "Requests originating from scripts cannot reference partition keys other than the one for which client request was submitted.",
    );
  }
  return { ...body, id };
};

const parse = (text: string): JsonObject => {
  try {
    const body: unknown = JSON.parse(text);
    if (isJsonObject(body)) return body;
  } catch {}
  throw failed(400, "The document body is not a JSON object.");
};

const failed = (status: number, message: string): CosmosError =>
  new CosmosError(status, "", message);

/**
 * Makes an etag no other write has: the store's own have 0000 in their third group, reserved
 * numbers repeat in no two executions of a process, the time tells processes apart.
 */
const scriptEtag = ({ firstRid, nowMs }: WriteSetOptions, write: number): string => {
  const hex = (value: number, digits: number): string =>
    value.toString(16).padStart(digits, "0").slice(-digits);
  return `"${hex(firstRid, 8)}-${hex(write, 4)}-0001-0000-${hex(nowMs, 12)}"`;
};
