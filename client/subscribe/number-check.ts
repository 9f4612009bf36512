import { createHash } from "node:crypto";
import type { Todo } from "../../domain/todo.ts";

/**
 * Says that the todos of a project did not come as n, n+1, n+2 …, or that one of them changed.
 *
 * errors  the feed has lost or altered something that was promised (I2, I3): look before going on
 */
export class TodoOrderError extends Error {
  override readonly name = "TodoOrderError";
  readonly projectId: number;
  readonly todoId: number;

  constructor(message: string, { projectId, todoId }: Todo) {
    super(message);
    this.projectId = projectId;
    this.todoId = todoId;
  }
}

/**
 * Projects whose last number is remembered; one that was forgotten may begin with any number again.
 */
export const MAX_TRACKED_PROJECTS = 100_000;

/** Todos that are remembered, to tell a repeated one from a changed one. */
export const MAX_REMEMBERED_TODOS = 20_000;

export type NumberCheck = {
  /**
   * Takes out of a page's todos those that come next in their projects, and leaves out duplicates.
   *
   * shape   stops before a hole, and before another todo under a number that was handed out:
   *         `error`
   */
  readonly select: (todos: readonly Todo[]) => Selection;
};

export type Selection = {
  readonly todos: readonly Todo[];
  readonly error: TodoOrderError | undefined;
};

/**
 * Makes the check of I2 and I3 for one subscription.
 *
 * shape   `last` holds what was handed out before; `fromBeginning`: a project must begin with 1.
 *         Without either, the first number of a project is not known and may be any
 */
export const createNumberCheck = (start: {
  readonly last: ReadonlyMap<number, number>;
  readonly fromBeginning: boolean;
}): NumberCheck => {
  const last = new Map(start.last);
  const digests = new Map<string, string>();
  let mustBeginWithOne = start.fromBeginning;
  const remember = (todo: Todo): void => {
    last.delete(todo.projectId);
    last.set(todo.projectId, todo.todoId);
    digests.set(keyOf(todo), digestOf(todo));
    // A Map iterates in the order of insertion, so the first key is the one unused for longest.
    if (digests.size > MAX_REMEMBERED_TODOS) forgetFirst(digests);
    if (last.size > MAX_TRACKED_PROJECTS) {
      forgetFirst(last);
      mustBeginWithOne = false;
    }
  };
  const examine = (todo: Todo): "next" | "duplicate" | TodoOrderError => {
    const known = last.get(todo.projectId);
    const expected = known === undefined ? (mustBeginWithOne ? 1 : todo.todoId) : known + 1;
    if (todo.todoId > expected) return hole(todo, expected);
    if (todo.todoId === expected) return "next";
    const digest = digests.get(keyOf(todo));
    return digest === undefined || digest === digestOf(todo) ? "duplicate" : changed(todo);
  };
  return {
    select: (todos) => {
      const selected: Todo[] = [];
      for (const todo of todos) {
        const verdict = examine(todo);
        if (verdict instanceof TodoOrderError) return { todos: selected, error: verdict };
        if (verdict === "duplicate") continue;
        remember(todo);
        selected.push(todo);
      }
      return { todos: selected, error: undefined };
    },
  };
};

const keyOf = ({ projectId, todoId }: Todo): string => `${projectId}/${todoId}`;

const digestOf = ({ requestId, title }: Todo): string =>
  createHash("sha256")
    .update(JSON.stringify([requestId, title]))
    .digest("base64");

const forgetFirst = (map: Map<unknown, unknown>): void => {
  const [first] = map.keys();
  map.delete(first);
};

const hole = (todo: Todo, expected: number): TodoOrderError =>
  new TodoOrderError(
    `Project ${todo.projectId}: todo ${todo.todoId} came where todo ${expected} was due. That one ` +
      "was deleted, has expired or was written again since; look it up in the container, " +
      'then subscribe anew, without a continuation and from "now".',
    todo,
  );

const changed = (todo: Todo): TodoOrderError =>
  new TodoOrderError(
    `Project ${todo.projectId}: todo ${todo.todoId} came a second time with other content. ` +
      "Somebody changed it, or its number was given twice; look it up in the container.",
    todo,
  );
