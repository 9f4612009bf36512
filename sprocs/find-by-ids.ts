import { insist } from "./failure.ts";
import { queryAll } from "./query-all.ts";
import type { Collection, StoredDocument } from "./script-api.ts";

/**
 * Finds the documents of the logical partition that have these ids, and goes on from there.
 *
 * shape   returns whether Cosmos DB accepted the query
 * errors  what `then` begins must be accepted: it throws otherwise
 */
export const findByIds = (
  collection: Collection,
  ids: readonly string[],
  then: (found: readonly StoredDocument[]) => boolean,
): boolean => {
  const parameters = ids.map((value, n) => ({ name: `@id${n}`, value }));
  const names = parameters.map(({ name }) => name).join(", ");
  const query = { query: `SELECT * FROM c WHERE c.id IN (${names})`, parameters };
  return queryAll(collection, { query, pageSize: ids.length }, (found) => insist(then(found)));
};
