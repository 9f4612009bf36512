import type { LogicalKey } from "../partitioning/partition-key.ts";
import type { StoredItem } from "../store/stored-item.ts";
import type { Transaction } from "../store/transaction.ts";
import type { ScriptWrite } from "./write-set.ts";

/**
 * Applies what a script wants to commit; answers the stored items in order, undefined for a delete.
 *
 * errors  449 when an item that the script wrote has changed since the script saw it
 */
export const applyScriptWrites = (
  transaction: Transaction,
  key: LogicalKey,
  writes: readonly ScriptWrite[],
): readonly (StoredItem | undefined)[] =>
  writes.map(({ id, expect, put }) => {
    transaction.expect(key.pk, id, expect);
    if (put) return transaction.put({ key, id, ...put });
    transaction.delete(key.pk, id);
    return undefined;
  });
