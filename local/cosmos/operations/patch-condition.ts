import { notImplemented } from "../cosmos-error.ts";
import type { StoredItem } from "../store/stored-item.ts";

/** Refuses with 412 when a patch's condition does not hold for the item. */
export const requireCondition = (condition: string | undefined, _item: StoredItem): void => {
  if (condition !== undefined) throw notImplemented("conditions of patches");
};
