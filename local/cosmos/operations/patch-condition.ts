import { badRequest, preconditionFailed } from "../cosmos-error.ts";
import type { JsonObject } from "../json.ts";
import { prepareQuery, runQuery } from "../sql/query.ts";
import type { StoredItem } from "../store/stored-item.ts";

/**
 * Refuses with 412 when a patch's condition, such as `from c where c.n = 1`, does not hold.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/partial-document-update (conditional patch)
 */
export const requireCondition = (
  condition: string | undefined,
  { rid, text }: StoredItem,
): void => {
  if (condition === undefined) return;
  if (!/^\s*from\s/i.test(condition)) {
    throw badRequest(`The patch condition "${condition}" is no "from … where …".`);
  }
  const item = { rid, text, value: JSON.parse(text) as JsonObject };
  const { rows } = runQuery({
    query: prepareQuery(`SELECT * ${condition}`),
    sources: [{ compositeIndexes: [], fixed: new Map(), scan: () => [item], seek: () => [item] }],
    now: Date.now(),
  });
  if (rows.length === 0) throw preconditionFailed();
};
