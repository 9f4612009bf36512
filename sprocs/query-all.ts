import { insist, operationFailure } from "./failure.ts";
import type { Collection, Query, StoredDocument } from "./script-api.ts";

type Reading = {
  readonly query: Query;
  readonly pageSize: number;
  /** Looked at after each page: true ends the reading before the last page. */
  readonly isEnough?: (documents: readonly StoredDocument[]) => boolean;
};

/**
 * Reads the results of a query page by page.
 *
 * shape   returns whether the first page was accepted; `then` gets all documents
 * errors  a later page that is not accepted throws: half an answer must not look like a whole one
 */
export const queryAll = (
  collection: Collection,
  { query, pageSize, isEnough = () => false }: Reading,
  then: (documents: readonly StoredDocument[]) => void,
): boolean => {
  const documents: StoredDocument[] = [];
  const readPage = (options: { pageSize: number; continuation?: string }): boolean =>
    collection.queryDocuments(collection.getSelfLink(), query, options, (error, page, info) => {
      if (error) throw operationFailure("query", error);
      documents.push(...page);
      const continuation = info ? info.continuation : undefined;
      if (!continuation || isEnough(documents)) return then(documents);
      insist(readPage({ pageSize, continuation }));
    });
  return readPage({ pageSize });
};
