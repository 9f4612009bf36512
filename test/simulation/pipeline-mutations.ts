import type { Mutation } from "./mutation.ts";

/** Bugs of the functions and of what the service guarantees to them. */
export const PIPELINE_MUTATIONS: readonly Mutation[] = [
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
    find: "throwWhatConcernsEverybody(ended);",
    replace: "",
    tests: ["test/functions"],
  },
  {
    name: "a project that never ends holds its batch for ever",
    file: "functions/patient-drains.ts",
    find: "const drained = await withinTime(draining, PATIENCE_MS, world);",
    replace: "const drained = (await draining) as Drained | undefined;",
    tests: ["test/functions"],
  },
  {
    name: "a project that never ends holds batches while the feed has more",
    file: "functions/patient-drains.ts",
    find: "if (!isPageFull) await",
    replace: "await",
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
