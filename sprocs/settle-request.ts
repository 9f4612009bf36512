import * as E from "fp-ts/lib/Either.js";
import { createTodo } from "../domain/create-todo.ts";
import type { Reason } from "../domain/rejection.ts";
import { Todo } from "../domain/todo.ts";
import type { TodoRequest } from "../domain/todo-request.ts";
import { failure, insist, operationFailure } from "./failure.ts";
import { markRequest } from "./mark-request.ts";
import { queryAll } from "./query-all.ts";
import type { PendingDocument } from "./read-pending.ts";
import type { Collection, StoredDocument } from "./script-api.ts";

/** How a request ended, and the number of the project's newest todo after it. */
export type Settled = { readonly status: "done" | "rejected"; readonly lastId: number };

export type Pending = {
  readonly document: PendingDocument;
  readonly request: E.Either<Reason, TodoRequest>;
};

/**
 * Brings one request to its end: creates its todo and marks it done, or marks it rejected.
 *
 * shape   returns whether Cosmos DB accepted the first operation; if not, nothing was done
 * errors  a later operation that is not accepted throws: a request is never left half done
 * source  ARCHITECTURE.md I3, I5, I6
 */
export const settleRequest = (
  collection: Collection,
  { document, request }: Pending,
  { lastId, next }: { readonly lastId: number; readonly next: (settled: Settled) => void },
): boolean => {
  const reject = (reason: Reason): boolean =>
    markRequest(collection, document, {
      end: { status: "rejected", reason },
      next: () => next({ status: "rejected", lastId }),
    });
  const finish = (todoId: number, newLastId: number): boolean =>
    markRequest(collection, document, {
      end: { status: "done", todoId },
      next: () => next({ status: "done", lastId: newLastId }),
    });

  const made = E.chain((valid: TodoRequest) => applyRule(valid, lastId))(request);
  if (E.isLeft(made)) return reject(made.left);
  const [todo, nextId] = made.right;

  const createUnder = (id: string, otherIds: readonly string[]): boolean =>
    create(collection, Object.assign({}, todo, { id }), (held) => {
      if (held === "created") return finish(todo.todoId, nextId);
      if (held === "too-large") return reject("todo-too-large");
      if (isTodoOf(todo, held)) {
        if (held.todoId > lastId) throw beyondCounter(held, lastId);
        return held.title === todo.title ? finish(held.todoId, lastId) : reject("id-reused");
      }
      const [nextFreeId, ...rest] = otherIds;
      return nextFreeId === undefined ? reject("id-reused") : createUnder(nextFreeId, rest);
    });
  return createUnder(todo.id, [`${todo.id}@${document._rid}`]);
};

/** Applies the domain function. Should it throw, its request is poison and not the project's end. */
const applyRule = (
  request: TodoRequest,
  lastId: number,
): E.Either<Reason, readonly [Todo, number]> =>
  E.tryCatch(
    () => createTodo(request, lastId),
    (): Reason => "domain-error",
  );

/** Creates a todo; `then` learns which document held its id, if one did, and goes on from there. */
const create = (
  collection: Collection,
  todo: Todo,
  then: (held: "created" | "too-large" | StoredDocument) => boolean,
): boolean =>
  collection.createDocument(collection.getSelfLink(), todo, (error) => {
    if (!error) return insist(then("created"));
    if (error.number === 413) return insist(then("too-large"));
    if (error.number !== 409) throw operationFailure("create a todo", error);
    const query = {
      query: "SELECT * FROM c WHERE c.id = @id",
      parameters: [{ name: "@id", value: todo.id }],
    };
    insist(
      queryAll(collection, { query, pageSize: 1 }, ([holder]) => {
        if (holder === undefined) throw failure("conflict", "the id of a todo was held and is not");
        insist(then(holder));
      }),
    );
  });

const isTodoOf = (todo: Todo, document: StoredDocument): document is Todo & StoredDocument =>
  Todo.is(document) &&
  document.requestId === todo.requestId &&
  document.projectId === todo.projectId;

const beyondCounter = (todo: Todo, lastId: number): Error =>
  failure("bug", `todo ${todo.todoId} of request ${todo.requestId} is beyond counter ${lastId}`);
