import fc from "fast-check";
import { expect, test } from "vitest";
import { createTodo } from "../../domain/create-todo.ts";
import { Todo } from "../../domain/todo.ts";
import { validRequest } from "./arbitraries.ts";

const lastIds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1000 });

test("the todos of any requests are numbered consecutively", () => {
  fc.assert(
    fc.property(fc.array(validRequest), lastIds, (requests, firstLastId) => {
      let lastId = firstLastId;
      for (const request of requests) {
        const [todo, nextId] = createTodo(request, lastId);
        expect(todo.todoId).toBe(lastId + 1);
        expect(nextId).toBe(todo.todoId);
        lastId = nextId;
      }
      expect(lastId).toBe(firstLastId + requests.length);
    }),
  );
});

test("a todo is what its codec says, and carries the request's title byte for byte", () => {
  fc.assert(
    fc.property(validRequest, lastIds, (request, lastId) => {
      const [todo] = createTodo(request, lastId);
      expect(Todo.is(todo)).toBe(true);
      expect(JSON.parse(JSON.stringify(todo))).toEqual(todo);
      expect(todo.title).toBe(request.title);
      expect(todo.requestId).toBe(request.id);
    }),
  );
});

test("the same request and number make the same todo, and the request stays untouched", () => {
  fc.assert(
    fc.property(validRequest, lastIds, (request, lastId) => {
      const before = JSON.stringify(request);
      expect(createTodo(request, lastId)).toEqual(createTodo({ ...request }, lastId));
      expect(JSON.stringify(request)).toBe(before);
    }),
  );
});

test("two requests of one project never get todos with the same document id", () => {
  fc.assert(
    fc.property(validRequest, validRequest, lastIds, (one, other, lastId) => {
      fc.pre(one.id !== other.id);
      expect(createTodo(one, lastId)[0].id).not.toBe(createTodo(other, lastId)[0].id);
    }),
  );
});
