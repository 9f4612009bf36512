import { preconditionFailed } from "../cosmos-error.ts";
import { meetsCondition } from "../sql/condition.ts";
import type { StoredItem } from "../store/stored-item.ts";

/**
 * Refuses with 412 when a patch's condition, such as `from c where c.n = 1`, does not hold.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/partial-document-update (conditional patch)
 */
export const requireCondition = (condition: string | undefined, { text }: StoredItem): void => {
  if (condition === undefined) return;
  if (!meetsCondition(condition, JSON.parse(text), Date.now())) throw preconditionFailed();
};
