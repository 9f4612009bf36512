import type { DrainOptions } from "../domain/drain-contract.ts";
import type { RequestDocument } from "../domain/request-document.ts";
import { isPendingRequest, PENDING_REQUEST_SQL } from "../domain/request-document.ts";
import { inCommitOrder } from "./commit-order.ts";
import { queryAll } from "./query-all.ts";
import type { Collection, Query, StoredDocument } from "./script-api.ts";

export type PendingDocument = RequestDocument & StoredDocument;

/**
 * Reads the project's oldest pending requests in commit order, one more than the limit if there
 * are so many.
 *
 * When the feed's order matters, it reads on until the second in which the limit falls is
 * complete: a request of that second may belong behind one that the first page does not hold.
 *
 * shape   returns whether Cosmos DB accepted the query
 */
export const readPending = (
  collection: Collection,
  { limit, feedOrder }: DrainOptions,
  then: (pending: readonly PendingDocument[]) => void,
): boolean =>
  queryAll(
    collection,
    {
      query: feedOrder.length === 0 ? oldest(limit + 1) : allFromOldest,
      pageSize: limit + 1,
      isEnough: (documents) => isSecondComplete(documents, limit),
    },
    (documents) => {
      const pending = documents.filter((d): d is PendingDocument => isPendingRequest(d));
      then(inCommitOrder(pending, feedOrder).slice(0, limit + 1));
    },
  );

const oldest = (count: number): Query => ({
  query: `SELECT TOP @n * FROM c WHERE ${PENDING_REQUEST_SQL} ORDER BY c._ts`,
  parameters: [{ name: "@n", value: count }],
});

const allFromOldest: Query = {
  query: `SELECT * FROM c WHERE ${PENDING_REQUEST_SQL} ORDER BY c._ts`,
  parameters: [],
};

const isSecondComplete = (documents: readonly StoredDocument[], limit: number): boolean => {
  const atLimit = documents[limit - 1];
  const last = documents[documents.length - 1];
  return atLimit !== undefined && last !== undefined && last._ts > atLimit._ts;
};
