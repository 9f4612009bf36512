import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { codecOf } from "./codec.ts";
import { ProjectId } from "./project-id.ts";
import { Reason } from "./rejection.ts";
import { MAX_REQUEST_ID_BYTES, MAX_TITLE_LENGTH, type TodoRequest } from "./todo-request.ts";
import { utf8Bytes } from "./utf8-bytes.ts";

const DocumentId = codecOf(
  "a text of 1 character or more",
  (value): value is string => typeof value === "string" && value !== "",
);

/**
 * Any document that claims to be a request. Its other fields can be anything: whoever may write
 * to the container may write nonsense. What does not even match this is not ours.
 */
export const RequestDocument = t.type({ id: DocumentId, type: t.literal("request") });
export type RequestDocument = t.TypeOf<typeof RequestDocument>;

/** How a request ended. */
export const RequestEnd = t.union([
  t.type({ status: t.literal("done"), todoId: t.number }),
  t.type({ status: t.literal("rejected"), reason: Reason }),
]);
export type RequestEnd = t.TypeOf<typeof RequestEnd>;

/**
 * Is this a request that still waits for its end? Total: false for any stray document.
 *
 * source  ARCHITECTURE.md, documents; null as well, as serializers of other languages write it
 */
export const isPendingRequest = (document: unknown): document is RequestDocument => {
  if (!RequestDocument.is(document)) return false;
  const { status } = document as { readonly status?: unknown };
  return status === undefined || status === null || status === "pending";
};

/** The same question in the query language of Cosmos DB. */
export const PENDING_REQUEST_SQL =
  'c.type = "request" AND (NOT IS_DEFINED(c.status) OR c.status IN (null, "pending"))';

/**
 * Decodes a request, or says why it can never become a todo.
 *
 * shape   total: each document gives a request, or the first of the reasons that applies
 * source  ARCHITECTURE.md I6
 */
export const decodeRequest = (document: RequestDocument): E.Either<Reason, TodoRequest> => {
  const { id, type } = document;
  const { projectId, title } = document as { readonly projectId?: unknown; title?: unknown };
  if (!ProjectId.is(projectId)) return E.left("project-id-invalid");
  if (utf8Bytes(id) > MAX_REQUEST_ID_BYTES) return E.left("id-too-long");
  if (title === undefined || title === null) return E.left("title-missing");
  if (typeof title !== "string") return E.left("title-not-text");
  if (title.trim() === "") return E.left("title-empty");
  if (title.length > MAX_TITLE_LENGTH) return E.left("title-too-long");
  return E.right({ id, projectId, type, title });
};
