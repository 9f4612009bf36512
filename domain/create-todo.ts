import { type Todo, todoDocumentId } from "./todo.ts";
import type { TodoRequest } from "./todo-request.ts";

/**
 * Turns a request into the next todo of its project.
 *
 * shape   (request, lastId) -> [todo, nextId]; total and pure: no clock, no randomness
 * units   lastId: number of the project's newest todo, 0 before the first
 * source  ARCHITECTURE.md I2, I3
 */
export const createTodo = (request: TodoRequest, lastId: number): readonly [Todo, number] => {
  const nextId = lastId + 1;
  const todo: Todo = {
    id: todoDocumentId(request.id),
    projectId: request.projectId,
    type: "todo",
    todoId: nextId,
    title: request.title,
    requestId: request.id,
  };
  return [todo, nextId];
};
