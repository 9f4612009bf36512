import * as E from "fp-ts/lib/Either.js";
import { Todo, todoDocumentIds } from "../../domain/todo.ts";
import type { Change } from "../feed-reader.ts";

/**
 * Picks the todos out of a page, each project's in the order of their numbers.
 *
 * shape   projects stay where they are in the page: only todos of the same project change places. A
 *         transaction's items come in any order inside a page, and never over pages
 */
export const todosInPage = (changes: readonly Change[]): readonly Todo[] => {
  const todos = changes.flatMap(todoOf);
  const byProject = new Map<number, Todo[]>();
  for (const todo of todos) {
    const ofProject = byProject.get(todo.projectId);
    if (ofProject) ofProject.push(todo);
    else byProject.set(todo.projectId, [todo]);
  }
  for (const ofProject of byProject.values()) ofProject.sort((a, b) => b.todoId - a.todoId);
  return todos.map(({ projectId }) => byProject.get(projectId)?.pop()).filter((todo) => !!todo);
};

/**
 * Whatever only looks like a todo was not made by the pipeline, and is none of a subscriber's
 * matters.
 */
const todoOf = (change: Change): readonly Todo[] => {
  if (change.type !== "todo") return [];
  const todo = Todo.decode(change);
  if (E.isLeft(todo)) return [];
  const { id, requestId } = todo.right;
  return todoDocumentIds(requestId).includes(id) ? [todo.right] : [];
};
