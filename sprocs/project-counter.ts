import { COUNTER_ID, Counter } from "../domain/counter.ts";
import type { ProjectId } from "../domain/project-id.ts";
import { failure, insist, operationFailure } from "./failure.ts";
import { findByIds } from "./find-by-ids.ts";
import { queryAll } from "./query-all.ts";
import type { Collection, StoredDocument } from "./script-api.ts";

/** What a counter tells about its project's todos. */
export type Numbering = { readonly lastId: number; readonly displaced: boolean };

/** A project's counter as stored; no document before its first todo. */
export type ProjectCounter = Numbering & {
  readonly projectId: ProjectId;
  readonly document: (Counter & StoredDocument) | undefined;
};

/**
 * Finds the project's counter: under its own id, else under the one that it got because another
 * document held that id.
 *
 * shape   returns whether Cosmos DB accepted the first operation
 */
export const findCounter = (
  collection: Collection,
  projectId: ProjectId,
  then: (counter: ProjectCounter) => void,
): boolean =>
  collection.readDocument(`${collection.getAltLink()}/docs/${COUNTER_ID}`, (error, document) => {
    if (error && error.number !== 404) throw operationFailure("read the counter", error);
    if (!error && isCounterOf(projectId, document)) return then(counterIn(document));
    insist(findDisplacedCounter(collection, projectId, then));
  });

/**
 * Writes the number of the newest todo.
 *
 * shape   returns whether Cosmos DB accepted the operation
 * errors  another writer was faster: throws, so that the todos with the same numbers roll back
 */
export const saveCounter = (
  collection: Collection,
  { projectId, document }: ProjectCounter,
  { lastId, displaced, next }: Numbering & { readonly next: () => void },
): boolean => {
  const changed = Object.assign({ lastId }, displaced && { displaced });
  if (document === undefined) {
    const counter = { id: COUNTER_ID, projectId, type: "counter" as const };
    return createCounter(collection, Object.assign(counter, changed), next);
  }
  const options = { etag: document._etag };
  const counter = Object.assign(document, changed);
  return collection.replaceDocument(document._self, counter, options, (error) => {
    if (error) throw operationFailure("replace the counter", error);
    next();
  });
};

const findDisplacedCounter = (
  collection: Collection,
  projectId: ProjectId,
  then: (counter: ProjectCounter) => void,
): boolean => {
  const query = { query: 'SELECT * FROM c WHERE c.type = "counter"', parameters: [] };
  return queryAll(collection, { query, pageSize: 100 }, (documents) => {
    const newest = documents
      .filter((d): d is Counter & StoredDocument => isCounterOf(projectId, d))
      .sort((a, b) => b.lastId - a.lastId)[0];
    const none = { projectId, lastId: 0, displaced: false, document: undefined };
    then(newest === undefined ? none : counterIn(newest));
  });
};

/** Creates the counter; where a stray document holds its id, under an id made from that one's. */
const createCounter = (collection: Collection, counter: Counter, then: () => void): boolean =>
  collection.createDocument(collection.getSelfLink(), counter, (error) => {
    if (!error) return then();
    if (error.number !== 409) throw operationFailure("create the counter", error);
    insist(
      findByIds(collection, [counter.id], ([holder]) => {
        if (holder === undefined || isCounterOf(counter.projectId, holder)) {
          throw failure("conflict", "another writer created the counter");
        }
        const id = `${COUNTER_ID}@${holder._rid}`;
        return createCounter(collection, Object.assign({}, counter, { id }), then);
      }),
    );
  });

const counterIn = (document: Counter & StoredDocument): ProjectCounter => ({
  projectId: document.projectId,
  lastId: document.lastId,
  displaced: document.displaced === true,
  document,
});

/** Tells our counter from stray documents that look like one: by shape, project and id. */
const isCounterOf = (
  projectId: ProjectId,
  document: StoredDocument,
): document is Counter & StoredDocument =>
  Counter.is(document) &&
  document.projectId === projectId &&
  (document.id === COUNTER_ID || document.id.startsWith(`${COUNTER_ID}@`));
