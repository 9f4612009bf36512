/**
 * A deliberate bug: a change of one place of the sources.
 *
 * shape   find stands exactly once in the file. tests: the suites that may kill it if the simulation
 *         cannot see it, since something else heals what it breaks
 */
export type Mutation = {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests?: readonly string[];
};

const DRAIN: readonly Mutation[] = [
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

const PIPELINE: readonly Mutation[] = [
  {
    name: "the sweep finds nothing",
    file: "functions/late-projects.ts",
    find: "AND c._ts < @before",
    replace: "AND c._ts > @before",
  },
  {
    name: "the sweep begins with the newest",
    file: "functions/late-projects.ts",
    find: "a.oldestTs - b.oldestTs",
    replace: "b.oldestTs - a.oldestTs",
    tests: ["test/functions"],
  },
  {
    name: "the sweep leaves out projects whose id is none",
    file: "functions/late-projects.ts",
    find: ".filter(Row.is)",
    replace: '.filter(Row.is)\n    .filter(({ projectId }) => typeof projectId === "number")',
  },
  {
    name: "a drain that timed out counts as done",
    file: "functions/drain-project.ts",
    find: "    return E.left({ ...answerTo(error), message: describeFailure(error) });",
    replace: `    const failure = { ...answerTo(error), message: describeFailure(error) };
    if (!failure.message.startsWith("408")) return E.left(failure);
    return E.right({
      kind: "drained", done: 1, rejected: 0, more: false, lastId: 0, stopped: "empty", oldestTs: null,
    });`,
    tests: ["test/functions"],
  },
  {
    name: "a batch that failed is a success",
    file: "functions/process-requests.ts",
    find: "throwWhatConcernsEverybody(drained);",
    replace: "",
    tests: ["test/functions"],
  },
  {
    name: "one project is drained twice at once",
    file: "functions/project-drains.ts",
    find: "return line === undefined ? start(ring) : follow(line, ring);",
    replace: "return line === undefined ? start(ring) : start(ring);",
    tests: ["test/functions"],
  },
  {
    name: "a project that fails stops all others",
    file: "functions/report.ts",
    find: 'outcome.kind === "failed" && outcome.concerns === "everybody"',
    replace: 'outcome.kind === "failed"',
    tests: ["test/functions"],
  },
  {
    name: "a project that failed is never swept again",
    file: "functions/project-backoff.ts",
    find: "return passedMs >= waitMs || passedMs < 0;",
    replace: "return waitMs === 0;",
    tests: ["test/functions"],
  },
];

const CLIENT: readonly Mutation[] = [
  {
    name: "the lease is checkpointed before the handler runs",
    file: "client/processor/work-on-lease.ts",
    find: `      await deliver(context, held, page.changes);
      await writeInTurn(held, (lease) => checkpointLease(context, lease, page.continuation));`,
    replace: `      await writeInTurn(held, (lease) => checkpointLease(context, lease, page.continuation));
      await deliver(context, held, page.changes);`,
  },
  {
    name: "children of a split partition begin now",
    file: "client/processor/replace-lease.ts",
    find: "leases: serving.map((partition) => partitionLease(prefix, partition, continuation)),",
    replace: "leases: serving.map((partition) => partitionLease(prefix, partition, '\"999999\"')),",
  },
  {
    name: "the old lease goes before its children come",
    file: "client/processor/hold-leases.ts",
    find: "  const created = await Promise.all(replacement.leases.map((each) => store.create(each)));\n",
    replace: `  await store.remove(lease.id);
  const created = await Promise.all(replacement.leases.map((each) => store.create(each)));\n`,
  },
  {
    name: "a lease of a dead host never becomes free",
    file: "client/processor/lease.ts",
    find: "return renewedMs + expirationIntervalMs < nowMs;",
    replace: "return renewedMs < 0;",
    tests: ["test/client"],
  },
  {
    name: "a checkpoint is written over another owner's lease",
    file: "client/processor/update-lease.ts",
    find: "if (lease.Owner !== instanceName) throw takenOver(lease);",
    replace: "",
    tests: ["test/client"],
  },
  {
    name: "whoever handled a batch takes the newest state for its checkpoint",
    file: "client/feed-reader.ts",
    find: "const continuation: unknown = page.headers.etag;",
    replace: "const continuation: unknown = JSON.stringify(page.headers.lsn);",
  },
  {
    name: "a 410 that is no split ends a subscription",
    file: "client/feed-reader.ts",
    find: "if (page.statusCode === GONE) {",
    replace: "if (page.statusCode === 0) {",
  },
  {
    name: "a subscriber gets todos as they come in the page",
    file: "client/subscribe/todos-in-page.ts",
    find: "ofProject.sort((a, b) => b.todoId - a.todoId);",
    replace: "ofProject.reverse();",
  },
  {
    name: "a continuation in the middle of a page is behind it",
    file: "client/subscribe/progress.ts",
    find: "const isLast = isWhole && index === todos.length - 1;",
    replace: "const isLast = isWhole && index >= 0;",
  },
  {
    name: "a subscriber's place moves on before its page was handed out",
    file: "client/subscribe/progress.ts",
    find: "const before = places.get(key) ?? place;",
    replace: "const before = { ...(places.get(key) ?? place), etag };",
  },
  {
    name: "a subscriber's numbers grow old in the other child of a split",
    file: "client/subscribe/progress.ts",
    find: "      forgetElsewhere(key, todos);\n",
    replace: "",
    tests: ["test/client"],
  },
  {
    name: "a subscriber reads on from now after a split",
    file: "client/subscribe/read-place.ts",
    find: ".map(({ range }) => ({ ...place, ...clipRange(range, place) }));",
    replace: '.map(({ range }) => ({ ...place, ...clipRange(range, place), etag: "*" }));',
  },
  {
    name: "a subscriber ends when Cosmos DB is busy",
    file: "client/failure.ts",
    find: "  429,\n",
    replace: "",
  },
  {
    name: "a create that timed out counts as accepted",
    file: "client/submit/send.ts",
    find: '  if (failure.kind === "transient") return { kind: "again", failure, cause };\n  if',
    replace: `  if (failure.kind === "transient" && failure.effect === "unknown") {
    return accepted(pending.request);
  }
  if (failure.kind === "transient") return { kind: "again", failure, cause };\n  if`,
  },
  {
    name: "a lost answer counts as no effect",
    file: "client/submit/retry-plan.ts",
    find: 'outcome.kind === "hidden" ||\n  (outcome',
    replace: "(outcome",
    tests: ["test/client"],
  },
  {
    name: "an id that is taken counts as accepted, whatever its title",
    file: "client/submit/existing.ts",
    find: 'item.type === "request" && item.title === title',
    replace: 'item.type === "request"',
  },
];

const SERVICE: readonly Mutation[] = [
  {
    name: "a page of the feed ends inside a transaction",
    file: "local/cosmos/store/partition-reader.ts",
    find: "if (full && page.at(-1)?.lsn !== lsn) break;",
    replace: "if (full) break;",
  },
  {
    name: "a script commits over what has changed since it read",
    file: "local/cosmos/store/transaction.ts",
    find: "if ((this.#version(pk, id)?.etag ?? null) !== etag) throw retryWith();",
    replace: "",
  },
  {
    name: "the lock for the first leases is never given back",
    file: "client/processor/bootstrap.ts",
    find: "await store.unlock(lock);",
    replace: "",
    tests: ["test/client"],
  },
];

/** All deliberate bugs; each must be caught by a seed or a test. */
export const MUTATIONS: readonly Mutation[] = [...DRAIN, ...PIPELINE, ...CLIENT, ...SERVICE];
