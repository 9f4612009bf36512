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
    find: "return finish(nextId, { lastId: nextId, displaced: displaced || id !== todo.id });",
    replace: `next("done", { lastId: nextId, displaced: displaced || id !== todo.id });
      return true;`,
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
    find: "if (end.lastId === lastId) return then(end, lastId);",
    replace: "if (end.lastId >= lastId) return then(end, lastId);",
  },
  {
    name: "a request that has a todo gets another",
    file: "sprocs/settle-request.ts",
    find: "if (own !== undefined) {",
    replace: "if (own !== undefined && lastId < 0) {",
  },
  {
    name: "a request whose todo has another id gets a second one when the first id is free",
    file: "sprocs/settle-request.ts",
    find: "return displaced ? findOrCreate() :",
    replace: "return displaced && lastId < 0 ? findOrCreate() :",
    tests: ["test/sprocs"],
  },
  {
    name: "the counter forgets that a todo has another id",
    file: "sprocs/project-counter.ts",
    find: "Object.assign({ lastId }, displaced && { displaced })",
    replace: "Object.assign({ lastId }, displaced && lastId < 0 && { displaced })",
    tests: ["test/sprocs"],
  },
  {
    name: "the other id of a todo changes when its request is deleted and sent again",
    file: "sprocs/settle-request.ts",
    find: "const ids = todoDocumentIds(todo.requestId);",
    replace:
      "const ids = todoDocumentIds(todo.requestId).map((id, i) => (i ? id + document._rid : id));",
    tests: ["test/sprocs"],
  },
  {
    name: "a request id with another title is taken for done",
    file: "sprocs/settle-request.ts",
    find: 'own.title === todo.title ? finish(own.todoId, numbering) : reject("id-reused")',
    replace: "finish(own.todoId, numbering)",
  },
  {
    name: "a document under the id of a todo stops its project",
    file: "sprocs/settle-request.ts",
    find: "if (free === undefined) return",
    replace: 'if (lastId >= 0) throw failure("bug", "held");\n      if (free === undefined) return',
  },
  {
    name: "a todo tells when it was made",
    file: "sprocs/settle-request.ts",
    find: "create(collection, Object.assign({}, todo, { id }), (outcome)",
    replace: "create(collection, Object.assign({}, todo, { id, madeAtMs: Date.now() }), (outcome)",
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
    find: 'next("rejected", numbering),',
    replace: 'next("rejected", { lastId: lastId + 1, displaced }),',
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
