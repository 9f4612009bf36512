import type { JsonObject } from "../../local/cosmos/json.ts";
import type { WatchedDocument, WatchedWrite } from "./watched-store.ts";

/** Why a world is not as it should be. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** One logical partition as it must be by all transactions so far. */
export type Project = {
  readonly pk: string;
  readonly documents: Map<string, WatchedDocument>;
  /** Ids of requests that wait, as the pipeline sees them. */
  readonly pending: Set<string>;
  /** Texts of the todos, by number from 1. */
  readonly todos: Todo[];
  /** Texts of todos that are, or were in a region that failed: they must come again the same. */
  readonly history: Map<number, string>;
  lastId: number;
  /** Ids of the requests that somebody replaced: their place within a second is unknown. */
  readonly replaced: Set<string>;
};

export type Todo = { readonly requestId: string; readonly text: string };

/** Did the pipeline write this? The etags of scripts differ from those of all others. */
export const isByScript = ({ etag }: WatchedDocument): boolean => etag.slice(15, 19) === "0001";

export const isPending = ({ body }: WatchedDocument): boolean =>
  body.type === "request" &&
  (body.status === undefined || body.status === null || body.status === "pending");

/** A document as its writer sees it: without what Cosmos DB adds. */
export const ownText = (body: JsonObject): string => {
  const { _rid, _self, _etag, _attachments, _ts, ...own } = body;
  return JSON.stringify(own);
};

/** Makes an empty project. */
export const createProject = (pk: string): Project => ({
  pk,
  documents: new Map(),
  pending: new Set(),
  todos: [],
  history: new Map(),
  lastId: 0,
  replaced: new Set(),
});

/** Notes what a write made of its document. */
export const apply = (project: Project, { id, after }: WatchedWrite): void => {
  if (after) project.documents.set(id, after);
  else project.documents.delete(id);
  if (after && isPending(after)) project.pending.add(id);
  else project.pending.delete(id);
};
