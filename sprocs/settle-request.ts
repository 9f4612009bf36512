import * as E from "fp-ts/lib/Either.js";
import { createTodo } from "../domain/create-todo.ts";
import type { Reason } from "../domain/rejection.ts";
import { Todo, todoDocumentIds } from "../domain/todo.ts";
import type { TodoRequest } from "../domain/todo-request.ts";
import { failure, insist, operationFailure } from "./failure.ts";
import { findByIds } from "./find-by-ids.ts";
import { markRequest } from "./mark-request.ts";
import type { Numbering } from "./project-counter.ts";
import type { PendingDocument } from "./read-pending.ts";
import type { Collection, StoredDocument } from "./script-api.ts";

export type Pending = {
  readonly document: PendingDocument;
  readonly request: E.Either<Reason, TodoRequest>;
};

type Settling = {
  readonly numbering: Numbering;
  /** Told how the request ended, and how the project's numbering stands after it. */
  readonly next: (status: "done" | "rejected", after: Numbering) => void;
};

/**
 * Brings one request to its end: creates its todo and marks it done, or marks it rejected.
 *
 * It looks for the todo before it creates one only where that can be under another id than the
 * first; else the create itself finds out, at no cost.
 *
 * shape   returns whether Cosmos DB accepted the first operation; if not, nothing was done
 * errors  a later operation that is not accepted throws: a request is never left half done
 * source  ARCHITECTURE.md I3, I5, I6
 */
export const settleRequest = (
  collection: Collection,
  { document, request }: Pending,
  { numbering, next }: Settling,
): boolean => {
  const { lastId, displaced } = numbering;
  const reject = (reason: Reason): boolean =>
    markRequest(collection, document, {
      end: { status: "rejected", reason },
      next: () => next("rejected", numbering),
    });
  const finish = (todoId: number, after: Numbering): boolean =>
    markRequest(collection, document, {
      end: { status: "done", todoId },
      next: () => next("done", after),
    });

  const made = E.chain((valid: TodoRequest) => applyRule(valid, lastId))(request);
  if (E.isLeft(made)) return reject(made.left);
  const [todo, nextId] = made.right;
  const ids = todoDocumentIds(todo.requestId);

  const createUnder = (id: string, ifHeld: () => boolean): boolean =>
    create(collection, Object.assign({}, todo, { id }), (outcome) => {
      if (outcome === "held") return ifHeld();
      if (outcome === "too-large") return reject("todo-too-large");
      return finish(nextId, { lastId: nextId, displaced: displaced || id !== todo.id });
    });
  const findOrCreate = (): boolean =>
    findByIds(collection, ids, (holders) => {
      const own = holders.find((holder): holder is StoredTodo => isTodoOf(todo, holder));
      if (own !== undefined) {
        if (own.todoId > lastId) throw beyondCounter(own, lastId);
        return own.title === todo.title ? finish(own.todoId, numbering) : reject("id-reused");
      }
      const free = ids.find((id) => holders.every((holder) => holder.id !== id));
      if (free === undefined) return reject("id-reused");
      return createUnder(free, () => {
        throw failure("conflict", "the id of a todo was free and is held");
      });
    });
  return displaced ? findOrCreate() : createUnder(todo.id, findOrCreate);
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

/** Creates a todo; `then` learns what became of it, and goes on from there. */
const create = (
  collection: Collection,
  todo: Todo,
  then: (outcome: "created" | "too-large" | "held") => boolean,
): boolean =>
  collection.createDocument(collection.getSelfLink(), todo, (error) => {
    if (!error) return insist(then("created"));
    if (error.number === 413) return insist(then("too-large"));
    if (error.number !== 409) throw operationFailure("create a todo", error);
    insist(then("held"));
  });

type StoredTodo = Todo & StoredDocument;

const isTodoOf = (todo: Todo, document: StoredDocument): document is StoredTodo =>
  Todo.is(document) &&
  document.requestId === todo.requestId &&
  document.projectId === todo.projectId;

const beyondCounter = (todo: Todo, lastId: number): Error =>
  failure("bug", `todo ${todo.todoId} of request ${todo.requestId} is beyond counter ${lastId}`);
