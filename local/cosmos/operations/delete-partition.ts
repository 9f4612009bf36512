import { METADATA_CHARGE } from "../charges.ts";
import { notImplemented } from "../cosmos-error.ts";
import type { Operation } from "../http/exchange.ts";
import type { Transaction } from "../store/transaction.ts";
import { itemTarget } from "./item-target.ts";
import { sessionHeaders } from "./session-token.ts";

/** Items of one transaction; the service deletes in the background, in no stated portions either. */
const DELETED_AT_ONCE = 1_000;

/** Deletes all items of a partition key, and answers when they are gone. */
export const deletePartition: Operation = async (request) => {
  const { store } = request.account;
  const [operation] = request.segments.slice(5);
  if (operation !== "partitionkeydelete") throw notImplemented(`the operation ${operation}`);
  const { container, partition, key } = itemTarget(request);
  const deleteSome = (transaction: Transaction): number => {
    let deleted = 0;
    for (const { value } of store.reader(partition).source([], { pk: key.pk }).scan(0)) {
      transaction.delete(key.pk, String(value.id));
      if (++deleted === DELETED_AT_ONCE) break;
    }
    return deleted;
  };
  for (;;) {
    const deleted = await store.commit(container, partition, deleteSome);
    if (deleted < DELETED_AT_ONCE) {
      const headers = sessionHeaders(container, partition, partition.lsn);
      return { status: 200, headers, chargeRu: METADATA_CHARGE };
    }
  }
};
