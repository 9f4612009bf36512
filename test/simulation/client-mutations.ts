import type { Mutation } from "./mutation.ts";

/** Bugs of the submitter, of subscriptions and of the change feed processor. */
export const CLIENT_MUTATIONS: readonly Mutation[] = [
  {
    name: "the lease is checkpointed before the handler runs",
    file: "client/processor/work-on-lease.ts",
    find: `      await deliver(context, held, page.changes);
      await whileHeld(context, held, () => checkpoint(context, held, page.continuation));`,
    replace: `      await whileHeld(context, held, () => checkpoint(context, held, page.continuation));
      await deliver(context, held, page.changes);`,
  },
  {
    name: "children of a split partition begin now",
    file: "client/processor/replace-lease.ts",
    find: "return partLease(prefix, { part, partition, continuation });",
    replace: "return partLease(prefix, { part, partition, continuation: '\"999999\"' });",
  },
  {
    name: "the old lease goes before its children come",
    file: "client/processor/hold-leases.ts",
    find: "  const created = await Promise.all(replacement.leases.map((each) => store.create(each)));\n",
    replace: `  await store.remove(lease.id);
  const created = await Promise.all(replacement.leases.map((each) => store.create(each)));\n`,
    tests: ["test/client"],
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
    name: "an error of which the SDK keeps the message alone ends a subscription",
    file: "client/feed-reader.ts",
    find: "await readNext(container, iterator)",
    replace: "await iterator.readNext()",
  },
  {
    name: "partitions that could not be learnt once are never asked for again",
    file: "client/partition-cache.ts",
    find: "forceRefresh || failed.has(link)",
    replace: "forceRefresh",
    tests: ["test/client/feed-reader.test.ts"],
  },
  {
    name: "a 410 that is no split ends a subscription",
    file: "client/feed-reader.ts",
    find: "if (page.statusCode === GONE) {",
    replace: "if (page.statusCode === 0) {",
  },
  {
    name: "a range of which a part is leased counts as leased",
    file: "client/processor/bootstrap.ts",
    find: "uncoveredParts(partition.range, leased)",
    replace: `uncoveredParts(partition.range, leased.some(({ min, max }) =>
      min < partition.range.max && partition.range.min < max) ? [partition.range] : [])`,
  },
  {
    name: "a child of a split that merged with a neighbour is leased whole",
    file: "client/processor/replace-lease.ts",
    find: "const part = clipRange(partition.range, range);",
    replace: "const part = partition.range;",
    tests: ["test/client"],
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
