import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundleDrain } from "../../build.ts";
import { type AuditReport, audit } from "../../cli/audit/audit.ts";
import { noFigures } from "../../cli/audit/findings.ts";
import {
  concludeOrder,
  createOrderAudit,
  noteOrder,
  type OrderedTransaction,
  RESERVATION_S,
} from "../../cli/audit/order-audit.ts";
import { childResourceId } from "../../local/cosmos/partitioning/resource-id.ts";
import { type AuditedAccount, found, startAuditedAccount } from "./audited-container.ts";
import { anyHistory, creatingHistory, type Deed, play, type Stage } from "./order-history.ts";

let account: AuditedAccount;
let drain: Awaited<ReturnType<typeof bundleDrain>>;
beforeAll(async () => {
  drain = await bundleDrain();
});
beforeEach(async () => {
  account = await startAuditedAccount();
  return account.close;
});

/** A new container with the drain, or one that was changed. */
const stageWith = async (body: string): Promise<Stage> => {
  const container = await account.newContainer();
  await container.items.scripts.storedProcedures.create({ id: drain.name, body });
  return { account, container, drainName: drain.name };
};

const changed = (find: string, replace: string): string => {
  expect(drain.body).toContain(find);
  return drain.body.replaceAll(find, replace);
};

const RUNS = 25;

describe("no legal history is called wrong", () => {
  test("requests are only created, in any order, by whatever drains", async () => {
    await fc.assert(
      fc.asyncProperty(creatingHistory, async (history) => {
        const stage = await stageWith(drain.body);
        await play(stage, history);
        const report = await audit(stage.container.readOnly, { createdOnce: true });
        expect(found(report)).toEqual([]);
        expect(report).toMatchObject({ unproven: 0, unprovenOrder: 0 });
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  test("requests are created, replaced, deleted and sent again", async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const stage = await stageWith(drain.body);
        await play(stage, history);
        const requestsMayExpire = history.some(({ kind }) => kind === "delete");
        const report = await audit(stage.container.readOnly, { requestsMayExpire });
        expect(found(report)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  test("a request that was replaced while pending comes behind: counted, and wrong only by the rule", async () => {
    const stage = await stageWith(drain.body);
    await play(stage, [create(1), create(2), advance(1)]);
    await play(stage, [{ kind: "replace", project: 1, n: 1 }, drained(9)]);
    const { readOnly } = stage.container;
    expect(await audit(readOnly)).toMatchObject({ violationCount: 0, unprovenOrder: 1 });
    expect(found(await audit(readOnly, { createdOnce: true }))).toEqual([
      ["out-of-order", "1", "r1", "r2"],
    ]);
  });

  test("a request that was deleted and sent again, and got its old number", async () => {
    const stage = await stageWith(drain.body);
    await play(stage, [create(1), create(2), drained(9)]);
    await play(stage, [{ kind: "delete", project: 1, n: 1 }, create(1), drained(9)]);
    expect(await audit(stage.container.readOnly, { createdOnce: true })).toMatchObject({
      violationCount: 0,
      todos: 2,
      unproven: 1,
    });
  });
});

describe("a drain that breaks the order is found out", () => {
  test("the youngest of a second first", async () => {
    const stage = await stageWith(
      changed(
        "compareTexts(a.key.insertion, b.key.insertion)",
        "compareTexts(b.key.insertion, a.key.insertion)",
      ),
    );
    await play(stage, [create(1), create(2), drained(9)]);
    const report: AuditReport = await audit(stage.container.readOnly, { createdOnce: true });
    expect(found(report)).toEqual([["out-of-order", "1", "r1", "r2"]]);
  });

  test("the youngest first, so that an old one waits for minutes", async () => {
    const stage = await stageWith(
      changed("ORDER BY c._ts", "ORDER BY c._ts DESC").replace(
        "a.document._ts - b.document._ts",
        "b.document._ts - a.document._ts",
      ),
    );
    await play(stage, [create(9), advance(RESERVATION_S + 10), create(1), drained(1)]);
    await play(stage, [create(2), drained(1)]);
    const report = await audit(stage.container.readOnly);
    expect(found(report)).toEqual([["request-overtaken", "1", "r9", "r2"]]);
  });
});

describe("what does not show the order", () => {
  const rid = (number: number) => childResourceId("AAAAAAAAAAA=", "document", number);
  const transaction = (
    ts: number,
    [request, todo]: readonly [number, number],
  ): OrderedTransaction => ({
    project: "1",
    ts,
    numbered: [{ id: `r${request}`, rid: rid(request) }],
    lastTodoRid: rid(todo),
  });
  const ends = (
    transactions: readonly OrderedTransaction[],
    pending: { rid: string; ts: number },
    createdOnce = false,
  ) => {
    const rules = { complete: false, createdOnce, requestsMayExpire: false };
    const findings = { rules, figures: noFigures(), violations: [], violationCount: 0 };
    const order = createOrderAudit();
    for (const each of transactions) noteOrder(order, each, findings);
    concludeOrder(order, { project: "1", pending: new Map([["p", pending]]) }, findings);
    const { figures, violationCount } = findings;
    return { violationCount, unprovenOrder: figures.unprovenOrder };
  };

  test("a pending request that was written less than a reservation before a todo", () => {
    const transactions = [transaction(1000, [1, 2]), transaction(1001, [3, 4])];
    expect(ends(transactions, { rid: rid(0), ts: 1000 - RESERVATION_S })).toEqual({
      violationCount: 0,
      unprovenOrder: 0,
    });
    expect(ends(transactions, { rid: rid(0), ts: 1000 - RESERVATION_S - 1 })).toEqual({
      violationCount: 1,
      unprovenOrder: 0,
    });
  });

  test("requests that were created before the todo", () => {
    const transactions = [transaction(1000, [1, 9]), transaction(1001, [3, 10])];
    expect(ends(transactions, { rid: rid(0), ts: 1 }).violationCount).toBe(0);
  });

  test("seconds that fall", () => {
    const transactions = [
      transaction(1000, [1, 2]),
      transaction(1001, [3, 4]),
      transaction(900, [5, 6]),
    ];
    expect(ends(transactions, { rid: rid(0), ts: 1 })).toEqual({
      violationCount: 0,
      unprovenOrder: 1,
    });
  });

  test("insertion numbers of todos that fall", () => {
    const transactions = [
      transaction(1000, [101, 102]),
      transaction(1001, [103, 104]),
      transaction(1002 + RESERVATION_S, [5, 6]),
    ];
    expect(ends(transactions, { rid: rid(0), ts: 1 })).toEqual({
      violationCount: 0,
      unprovenOrder: 2,
    });
  });
});

const create = (n: number): Deed => ({ kind: "create", project: 1, n });
const advance = (seconds: number): Deed => ({ kind: "advance", seconds });
const drained = (limit: number): Deed => ({
  kind: "drain",
  project: 1,
  limit,
  withFeedOrder: false,
});
