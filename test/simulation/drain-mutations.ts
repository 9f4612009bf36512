import type { Mutation } from "./mutation.ts";

/** Bugs of the stored procedure and of the domain. */
export const DRAIN_MUTATIONS: readonly Mutation[] = [
  {
    name: "the counter is replaced without its etag",
    file: "sprocs/project-counter.ts",
    find: "const options = { etag: document._etag };",
    replace: 'const options = { etag: "" };',
    tests: ["test/sprocs"],
  },
  {
    name: "a request is marked without its etag",
    file: "sprocs/mark-request.ts",
    find: "const options = { etag: document._etag };",
    replace: 'const options = { etag: "" };',
    tests: ["test/sprocs"],
  },
  {
    name: "the done mark comes in a second transaction",
    file: "sprocs/settle-request.ts",
    find: 'if (held === "created") return finish(todo.todoId, nextId);',
    replace: `if (held === "created") {
        next({ status: "done", lastId: nextId });
        return true;
      }`,
  },
  {
    name: "the newest requests are drained first",
    file: "sprocs/read-pending.ts",
    find: "then(inCommitOrder(pending, feedOrder).slice(0, limit + 1));",
    replace: "then([...inCommitOrder(pending, feedOrder)].reverse().slice(0, limit + 1));",
  },
  {
    name: "requests are drained by insertion, whatever second they were replaced in",
    file: "sprocs/commit-order.ts",
    find: "a.document._ts - b.document._ts ||",
    replace: "",
  },
  {
    name: "requests of one second are drained in any order",
    file: "sprocs/commit-order.ts",
    find: "compareTexts(a.key.insertion, b.key.insertion) ||",
    replace: "compareTexts(b.key.insertion, a.key.insertion) ||",
  },
  {
    name: "the order that the feed showed is forgotten",
    file: "sprocs/commit-order.ts",
    find: "feedOrder.length === 0 ? [] : pending",
    replace: "feedOrder.length >= 0 ? [] : pending",
    tests: ["test/sprocs"],
  },
  {
    name: "a counter that is not accepted is taken for saved",
    file: "sprocs/drain.ts",
    find: "insist(saveCounter(collection, counter, save));",
    replace: "if (!saveCounter(collection, counter, save)) then(end, end.lastId);",
  },
  {
    name: "a todo whose mark is not accepted stays",
    file: "sprocs/settle-request.ts",
    find: 'if (!error) return insist(then("created"));',
    replace: 'if (!error) return void then("created");',
  },
  {
    name: "the counter is never saved",
    file: "sprocs/drain.ts",
    find: "if (end.lastId === counter.lastId) return then(end, end.lastId);",
    replace: "if (end.lastId >= counter.lastId) return then(end, end.lastId);",
  },
  {
    name: "a request that has a todo gets another",
    file: "sprocs/settle-request.ts",
    find: "if (isTodoOf(todo, held)) {",
    replace: "if (isTodoOf(todo, held) && lastId < 0) {",
  },
  {
    name: "a request id with another title is taken for done",
    file: "sprocs/settle-request.ts",
    find: 'held.title === todo.title ? finish(held.todoId, lastId) : reject("id-reused")',
    replace: "finish(held.todoId, lastId)",
  },
  {
    name: "a document under the id of a todo stops its project",
    file: "sprocs/settle-request.ts",
    find: "return nextFreeId === undefined ?",
    replace:
      'if (lastId >= 0) throw failure("bug", "held");\n      return nextFreeId === undefined ?',
  },
  {
    name: "a todo tells when it was made",
    file: "sprocs/settle-request.ts",
    find: "create(collection, Object.assign({}, todo, { id }), (held)",
    replace: "create(collection, Object.assign({}, todo, { id, madeAtMs: Date.now() }), (held)",
  },
  {
    name: "poison stops its project",
    file: "sprocs/settle-request.ts",
    find: "if (E.isLeft(made)) return reject(made.left);",
    replace: 'if (E.isLeft(made)) throw failure("bug", made.left);',
  },
  {
    name: "a rejected request takes a number",
    file: "sprocs/settle-request.ts",
    find: 'next({ status: "rejected", lastId }),',
    replace: 'next({ status: "rejected", lastId: lastId + 1 }),',
  },
  {
    name: "a number is skipped",
    file: "domain/create-todo.ts",
    find: "const nextId = lastId + 1;",
    replace: "const nextId = lastId === 3 ? 5 : lastId + 1;",
  },
  {
    name: "the todo's id comes from its number",
    file: "domain/create-todo.ts",
    find: "id: todoDocumentId(request.id),",
    replace: "id: todoDocumentId(String(nextId)),",
  },
  {
    name: "a title of spaces is a title",
    file: "domain/request-document.ts",
    find: 'if (title.trim() === "") return E.left("title-empty");',
    replace: "",
    tests: ["test/domain"],
  },
  {
    name: "null is not pending",
    file: "domain/request-document.ts",
    find: `'c.type = "request" AND (NOT IS_DEFINED(c.status) OR c.status IN (null, "pending"))'`,
    replace: `'c.type = "request" AND (NOT IS_DEFINED(c.status) OR c.status = "pending")'`,
  },
];
