import type { RequestEnd } from "../domain/request-document.ts";
import { Title } from "../domain/todo-request.ts";
import { insist, operationFailure } from "./failure.ts";
import type { PendingDocument } from "./read-pending.ts";
import type { Collection } from "./script-api.ts";

/**
 * Marks a request with its end, and keeps every other field as its sender wrote it.
 *
 * A request that leaves no room for its mark (Cosmos DB takes 2 MB for an item, the mark needs
 * about 40 bytes) loses the fields that are not ours and says so with `trimmed: true`: it must end,
 * or it would hold its project for ever, and its end is worth more than a payload nobody reads.
 *
 * shape   returns whether Cosmos DB accepted the operation
 * errors  replaced or deleted meanwhile: throws, so that all of the call rolls back
 */
export const markRequest = (
  collection: Collection,
  document: PendingDocument,
  { end, next }: { readonly end: RequestEnd; readonly next: () => void },
): boolean => {
  const options = { etag: document._etag };
  const marked = withEnd(document, end);
  return collection.replaceDocument(document._self, marked, options, (error) => {
    if (!error) return next();
    if (error.number !== 413) throw operationFailure("mark a request", error);
    insist(
      collection.replaceDocument(document._self, trimmed(document, end), options, (again) => {
        if (again) throw operationFailure("mark a request that was trimmed", again);
        next();
      }),
    );
  });
};

/** Changes the document in place, so that not even a field named `__proto__` gets lost. */
const withEnd = (document: PendingDocument, end: RequestEnd): object => {
  const fields = document as { todoId?: unknown; reason?: unknown };
  delete fields.todoId;
  delete fields.reason;
  return Object.assign(fields, end);
};

const trimmed = ({ id, projectId, type, title }: PendingDocument, end: RequestEnd): object =>
  Object.assign(
    { id, type },
    typeof projectId === "object" ? projectId === null && { projectId } : { projectId },
    Title.is(title) && { title },
    end,
    { trimmed: true },
  );
