import { CosmosClient } from "@azure/cosmos";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import { readTransactions } from "../../cli/audit/read-transactions.ts";
import {
  type AuditedAccount,
  type AuditedContainer,
  type Body,
  counter,
  done,
  found,
  pending,
  soundProject,
  startAuditedAccount,
  submit,
  todo,
  together,
} from "./audited-container.ts";
import { fillStore } from "./fill-store.ts";
import { startReadOnlyProxy } from "./read-only-proxy.ts";

let account: AuditedAccount;
let container: AuditedContainer;
beforeAll(async () => {
  account = await startAuditedAccount();
});
afterAll(() => account.close());
beforeEach(async () => {
  container = await account.newContainer();
});

/** The container as the server's store knows it. */
const stored = () => {
  const { catalogue } = account.server.store;
  return catalogue.findContainer(catalogue.findDatabase("audited")!, container.id)!;
};

const split = (): void => {
  for (const partition of stored().partitions) account.server.store.split(stored(), partition);
};

describe("a sound container", () => {
  test("has no violation, whatever else lies in it", async () => {
    const { items, readOnly } = container;
    for (const projectId of [1, 2, 3, 4, 5]) await soundProject(items, projectId);
    const strays: Body[] = [
      { id: "a", projectId: 1, type: "note" },
      { id: "b", projectId: 1, type: "todo", title: "no number" },
      { id: "c", projectId: 1, type: "counter", lastId: 99 },
      { id: "d", projectId: "7", type: "counter" },
      { id: "e", projectId: null },
      { id: "map", projectId: 1, type: "note", "#map": 1 },
    ];
    for (const stray of strays) await items.items.create(stray);
    await items.items.create({ id: "f", type: "nothing at all" });
    const rejected = { type: "request", status: "rejected" };
    await items.items.create({ id: "x", projectId: 1, ...rejected, reason: "title-missing" });
    await items.items.create({ id: "y", projectId: "7", ...rejected, reason: "title-missing" });
    await items.items.create({ id: "z", ...rejected, reason: "project-id-invalid" });
    const report = await audit(readOnly, { createdOnce: true, complete: true });
    expect(found(report)).toEqual([]);
    expect(report).toMatchObject({
      projects: 8,
      requests: 18,
      todos: 15,
      done: 15,
      pending: 0,
      rejected: { "title-missing": 2, "project-id-invalid": 1 },
      strays: 7,
      expired: 0,
      unproven: 0,
      unprovenOrder: 0,
      violationCount: 0,
    });
  });

  test("may hold pending requests, unless everything must have ended", async () => {
    await soundProject(container.items, 1);
    await submit(container.items, pending(1, 4));
    expect(await audit(container.readOnly)).toMatchObject({ violationCount: 0, pending: 1 });
  });

  test("may hold a done request that was replaced: pending, done again, or rejected as reused", async () => {
    const { items, readOnly } = container;
    await soundProject(items, 1);
    await items.items.upsert(pending(1, 1));
    expect(await audit(readOnly)).toMatchObject({ violationCount: 0, pending: 1 });
    await items.items.upsert(done(1, 1));
    expect(await audit(readOnly)).toMatchObject({ violationCount: 0, unproven: 1 });
    const reused = { status: "rejected", reason: "id-reused", title: "another" };
    await items.items.upsert(pending(1, 1, reused));
    const rejected = { "id-reused": 1 };
    expect(await audit(readOnly)).toMatchObject({ violationCount: 0, rejected });
  });

  test("may keep its counter under another id, if a stray held it", async () => {
    await container.items.items.create({
      id: "counter",
      projectId: 1,
      type: "request",
      title: "ha",
    });
    await together(container.items, done(1, 1), todo(1, 1), counter(1, 1, { id: "counter@abc" }));
    expect(await audit(container.readOnly)).toMatchObject({ violationCount: 0, pending: 1 });
  });

  test("may be empty", async () => {
    const report = await audit(container.readOnly, { complete: true });
    expect(report).toMatchObject({ projects: 0, violationCount: 0 });
  });

  test("may have split", async () => {
    for (let projectId = 1; projectId <= 20; projectId += 1) {
      await soundProject(container.items, projectId);
    }
    split();
    const report = await audit(container.readOnly);
    expect(report).toMatchObject({ projects: 20, todos: 60, violationCount: 0, unproven: 0 });
  });
});

describe("done requests that were deleted or expired", () => {
  test("leave todos without a request, which a rule allows", async () => {
    const { items, readOnly } = container;
    await soundProject(items, 1);
    await items.item("r1", 1).delete();
    await together(items, { ...done(1, 2), ttl: 1 });
    account.advanceSeconds(5);
    const report = await audit(readOnly);
    expect(found(report).sort()).toEqual([
      ["todo-without-request", "1", "todo:r1", "r1"],
      ["todo-without-request", "1", "todo:r2", "r2"],
    ]);
    const allowed = await audit(readOnly, { requestsMayExpire: true, complete: true });
    expect(allowed).toMatchObject({ violationCount: 0, expired: 2, todos: 3, done: 1 });
  });

  test("excuse nothing else: a todo of a rejected request stays wrong", async () => {
    const { items, readOnly } = container;
    await soundProject(items, 1);
    await together(items, done(1, 2, { status: "rejected", reason: "title-empty" }));
    const report = await audit(readOnly, { requestsMayExpire: true });
    expect(found(report)).toEqual([["todo-of-rejected", "1", "todo:r2", "r2"]]);
  });
});

describe("while others write", () => {
  test("each project is seen as at one moment", async () => {
    const { items, readOnly } = container;
    let isWriting = true;
    const writing = (async () => {
      for (let n = 1; isWriting; n += 1) {
        await submit(items, pending(1, n));
        await together(items, todo(1, n), done(1, n), counter(1, n));
      }
    })();
    for (let round = 0; round < 10; round += 1) {
      expect(found(await audit(readOnly, { createdOnce: true }))).toEqual([]);
    }
    isWriting = false;
    await writing;
  });

  test("what only looked wrong because of them is no violation", async () => {
    const { items, readOnly } = container;
    await soundProject(items, 1);
    await together(items, done(1, 4), todo(1, 4));
    const looks = new Set<number>();
    const report = await audit(readOnly, {
      onProgress: ({ look }) => void looks.add(look),
      savedWork: {
        work: undefined,
        save: async ({ suspects }) => {
          if (suspects) await together(items, counter(1, 4));
        },
      },
    });
    expect(report).toMatchObject({ violationCount: 0, todos: 4, unproven: 1 });
    expect([...looks]).toEqual([1, 2]);
  });

  test("a request that was read as pending and then as done is not pending", async () => {
    const { items, readOnly } = container;
    await submit(items, pending(1, 1201));
    await fillStore(account.server.store, stored(), { todos: 1200, projects: 1, perDrain: 100 });
    let pages = 0;
    const report = await audit(readOnly, {
      savedWork: {
        work: undefined,
        save: async ({ look }) => {
          if (look.documents === 0) return;
          pages += 1;
          if (pages === 1) {
            await together(items, done(1, 1201), todo(1, 1201), counter(1, 1201));
          }
        },
      },
    });
    expect(pages).toBeGreaterThan(2);
    expect(report).toMatchObject({ pending: 0, done: 1201, todos: 1201, violationCount: 0 });
  });

  test("a split in the middle of reading loses nothing and shows nothing twice", async () => {
    const { items, readOnly } = container;
    const PROJECTS = 30;
    const TODOS = 45;
    for (let projectId = 1; projectId <= PROJECTS; projectId += 1) {
      const numbers = Array.from({ length: TODOS }, (_, i) => i + 1);
      const bodies = numbers.flatMap((n) => [done(projectId, n), todo(projectId, n)]);
      await together(items, ...bodies, counter(projectId, TODOS));
    }
    let pages = 0;
    const report = await audit(readOnly, {
      onProgress: () => {
        pages += 1;
        if (pages === 1) split();
      },
    });
    const todos = PROJECTS * TODOS;
    expect(report).toMatchObject({ projects: PROJECTS, todos, done: todos, violationCount: 0 });
  });
});

test("Cosmos DB may be away now and then", async () => {
  for (let projectId = 1; projectId <= 5; projectId += 1) {
    await soundProject(container.items, projectId);
  }
  let asked = 0;
  const proxy = await startReadOnlyProxy({
    ...account.server,
    beforeFeedPage: async () => {
      asked += 1;
      if (asked % 2 === 1) throw new Error("away");
    },
  });
  const client = new CosmosClient(proxy.connectionString);
  const report = await audit(client.database("audited").container(container.id));
  client.dispose();
  await proxy.close();
  expect(report).toMatchObject({ projects: 5, todos: 15, violationCount: 0, unproven: 0 });
});

test("all transactions of a container can be read without auditing them", async () => {
  for (const projectId of [1, 2, 3]) await soundProject(container.items, projectId);
  const ids: string[] = [];
  for await (const transactions of readTransactions(container.readOnly)) {
    for (const { project, documents } of transactions) {
      for (const document of documents) ids.push(`${project} ${(document as Body).id}`);
    }
  }
  expect(new Set(ids).size).toBe(21);
  expect(ids).toHaveLength(21);
});
