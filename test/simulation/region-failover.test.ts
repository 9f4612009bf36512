import fc from "fast-check";
import { expect, it } from "vitest";
import { type Account, createAccount, DRAINS } from "./account.ts";
import { ownText } from "./documents.ts";
import { createFaults, FAULTS } from "./faults.ts";
import { createRandom } from "./random.ts";
import type { WatchedWrite } from "./watched-store.ts";

const PROJECT = 7;

type Region = {
  readonly account: Account;
  readonly pass: (milliseconds: number) => void;
  readonly create: (document: object) => Promise<void>;
  readonly drain: (limit: number, version: 0 | 1) => Promise<boolean>;
  /** Loses the newest drains, and nothing else. */
  readonly loseDrains: (count: number) => void;
  readonly todos: () => readonly string[];
};

const openRegion = (): Region => {
  let nowMs = Date.UTC(2026, 0, 1);
  const drained: (readonly WatchedWrite[])[] = [];
  const account = createAccount({
    faults: createFaults(1, new Set(FAULTS)),
    random: createRandom(1, "scripts"),
    now: () => nowMs,
    schedule: queueMicrotask,
    partitions: 1,
    keepsRows: true,
    onItemsCommit: (writes) => {
      if (writes.some(({ before }) => before !== undefined)) drained.push(writes);
    },
  });
  const headers = { "x-ms-documentdb-partitionkey": `[${PROJECT}]` };
  return {
    account,
    pass: (milliseconds) => {
      nowMs += milliseconds;
    },
    create: async (body) => {
      const path = "/dbs/todos/colls/items/docs";
      const { status } = await account.serve({ method: "POST", path, headers, body });
      expect(status).toBe(201);
    },
    drain: async (limit, version) => {
      const path = `/dbs/todos/colls/items/sprocs/${DRAINS[version].name}`;
      const given = [{ limit, feedOrder: [] }];
      const { status, body } = await account.serve({ method: "POST", path, headers, body: given });
      expect(status).toBe(200);
      return (JSON.parse(body ?? "") as { more: boolean }).more;
    },
    loseDrains: (count) => {
      for (const writes of drained.splice(-count, count).reverse()) {
        for (const write of writes) account.store.restore(account.items, write);
      }
    },
    todos: () =>
      [...account.store.documents(account.items).values()]
        .map((text) => JSON.parse(text))
        .filter(({ type }) => type === "todo")
        .sort((a, b) => a.todoId - b.todoId)
        .map(ownText),
  };
};

/** A request, the time until the next one, and how many the drain after it takes, if one comes. */
const arrival = fc.record({
  isPoison: fc.boolean(),
  waitMs: fc.integer({ min: 0, max: 1_500 }),
  drains: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});

it("todos of drains that a region lost come again byte for byte, in whatever batches", async () => {
  const arrivals = fc.array(arrival, { minLength: 1, maxLength: 12 });
  const lost = fc.integer({ min: 1, max: 12 });
  const limit = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(arrivals, lost, limit, async (requests, count, secondLimit) => {
      const region = openRegion();
      for (const [i, { isPoison, waitMs, drains }] of requests.entries()) {
        const request = { id: `r${i}`, projectId: PROJECT, type: "request" };
        const title = isPoison ? undefined : `title ${i % 3}`;
        await region.create({ ...request, title });
        region.pass(waitMs);
        if (drains !== undefined) await region.drain(drains, 0);
      }
      while (await region.drain(3, 0));
      const before = region.todos();
      region.loseDrains(count);
      expect(region.todos()).toEqual(before.slice(0, region.todos().length));
      region.pass(90_000);
      while (await region.drain(secondLimit, 1));
      expect(region.todos()).toEqual(before);
      region.account.close();
    }),
    { numRuns: 100 },
  );
});
