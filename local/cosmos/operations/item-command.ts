import { createCharge, deleteCharge, readCharge, replaceCharge } from "../charges.ts";
import { badRequest, conflict, notFound, preconditionFailed, tooLarge } from "../cosmos-error.ts";
import type { JsonObject } from "../json.ts";
import type { LogicalKey } from "../partitioning/partition-key.ts";
import type { Container } from "../store/physical-partition.ts";
import type { StoredItem } from "../store/stored-item.ts";
import type { Transaction } from "../store/transaction.ts";
import { indexedTerms } from "./indexed-terms.ts";
import { validItem } from "./item-target.ts";
import { requireCondition } from "./patch-condition.ts";
import { type PatchRequest, patchDocument } from "./patch-document.ts";
import { requireMatch, sameEtag } from "./preconditions.ts";

/** Bytes of one item as JSON; https://learn.microsoft.com/azure/cosmos-db/concepts-limits */
const MAX_ITEM_BYTES = 2 * 1024 * 1024;

/** One operation on one item, alone or inside a batch. */
export type ItemCommand = {
  readonly key: LogicalKey;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
} & (
  | { readonly kind: "create" | "upsert"; readonly body: JsonObject }
  | { readonly kind: "replace"; readonly id: string; readonly body: JsonObject }
  | { readonly kind: "patch"; readonly id: string; readonly patch: PatchRequest }
  | { readonly kind: "read" | "delete"; readonly id: string }
);

export type ItemOutcome = {
  readonly status: 200 | 201 | 204 | 304;
  /** Absent after a delete. */
  readonly item?: StoredItem;
  readonly lsn: number;
  readonly chargeRu: number;
};

/**
 * Performs one operation inside a transaction.
 *
 * errors  the CosmosError of the operation; the transaction must then be abandoned
 */
export const performItem = (
  transaction: Transaction,
  container: Container,
  command: ItemCommand,
): ItemOutcome => {
  switch (command.kind) {
    case "create":
    case "upsert":
      return createOrUpsert(transaction, container, command);
    case "replace":
      return replace(transaction, container, command);
    case "patch":
      return patch(transaction, container, command);
    case "delete":
      return remove(transaction, container, command);
    case "read":
      return read(transaction, command);
  }
};

type Of<Kind extends ItemCommand["kind"]> = ItemCommand & { readonly kind: Kind };

const createOrUpsert = (
  transaction: Transaction,
  container: Container,
  command: Of<"create" | "upsert">,
): ItemOutcome => {
  const { key, body } = command;
  const id = validItem(container, key, body);
  const existing = transaction.read(key.pk, id);
  if (!existing) return write(transaction, container, { key, id, body, status: 201 });
  if (command.kind === "create") throw conflict();
  requireConditions(command, existing);
  return write(transaction, container, { key, id, body, status: 200 });
};

const replace = (
  transaction: Transaction,
  container: Container,
  command: Of<"replace">,
): ItemOutcome => {
  const { key, id, body } = command;
  if (validItem(container, key, body) !== id) {
    throw badRequest("The 'id' of an item cannot change: it differs from the one addressed.");
  }
  requireConditions(command, existingItem(transaction, command));
  return write(transaction, container, { key, id, body, status: 200 });
};

const patch = (
  transaction: Transaction,
  container: Container,
  command: Of<"patch">,
): ItemOutcome => {
  const { key, id } = command;
  const existing = existingItem(transaction, command);
  requireConditions(command, existing);
  requireCondition(command.patch.condition, existing);
  const body = patchDocument(JSON.parse(existing.text), command.patch.operations);
  validItem(container, key, body);
  return write(transaction, container, { key, id, body, status: 200 });
};

const remove = (
  transaction: Transaction,
  container: Container,
  command: Of<"read" | "delete">,
): ItemOutcome => {
  const existing = existingItem(transaction, command);
  requireConditions(command, existing);
  transaction.delete(command.key.pk, command.id);
  const terms = indexedTerms(container, JSON.parse(existing.text));
  const chargeRu = deleteCharge(existing.text.length, terms);
  return { status: 204, lsn: transaction.lsn, chargeRu };
};

const read = (transaction: Transaction, command: Of<"read" | "delete">): ItemOutcome => {
  const item = existingItem(transaction, command);
  const { lsn } = transaction;
  if (command.ifNoneMatch !== undefined && sameEtag(command.ifNoneMatch, item.etag)) {
    return { status: 304, item, lsn, chargeRu: readCharge(0) };
  }
  return { status: 200, item, lsn, chargeRu: readCharge(item.text.length) };
};

const existingItem = (
  transaction: Transaction,
  { key, id }: { readonly key: LogicalKey; readonly id: string },
): StoredItem => {
  const existing = transaction.read(key.pk, id);
  if (!existing) throw notFound();
  return existing;
};

const requireConditions = (
  { ifMatch, ifNoneMatch }: Pick<ItemCommand, "ifMatch" | "ifNoneMatch">,
  existing: StoredItem,
): void => {
  requireMatch(ifMatch, existing.etag);
  if (ifNoneMatch === undefined) return;
  if (ifNoneMatch === "*" || sameEtag(ifNoneMatch, existing.etag)) throw preconditionFailed();
};

type PutDetails = {
  readonly key: LogicalKey;
  readonly id: string;
  readonly body: JsonObject;
  readonly status: 200 | 201;
};

const write = (
  transaction: Transaction,
  container: Container,
  { key, id, body, status }: PutDetails,
): ItemOutcome => {
  const item = transaction.put({ key, id, body });
  requireSize(item.text);
  const charge = status === 201 ? createCharge : replaceCharge;
  const chargeRu = charge(item.text.length, indexedTerms(container, body));
  return { status, item, lsn: transaction.lsn, chargeRu };
};

const requireSize = (text: string): void => {
  if (text.length * 3 <= MAX_ITEM_BYTES) return;
  if (Buffer.byteLength(text) > MAX_ITEM_BYTES) throw tooLarge();
};
