import { type Container, CosmosClient } from "@azure/cosmos";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import { waitUntilSettled } from "../../cli/start/wait-until-settled.ts";
import { createSubmitter } from "../../client/submit.ts";
import { provision } from "../../local/azure/provision.ts";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { startFunctionHost } from "../../local/host/function-host.ts";
import { buildVariant, type Change } from "./variant-app.ts";

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let server: CosmosServer;
let client: CosmosClient;
let items: Container;

/** Room for a project's requests and todos of these tests, many times over. */
const PROJECT_BYTES = 200_000;

beforeEach(async () => {
  server = await startCosmosServer({ port: 0, logicalPartitionLimitBytes: PROJECT_BYTES });
  client = new CosmosClient(server.connectionString);
  items = client.database("todos").container("items");
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  client.dispose();
  await server.close();
});

/** Runs the function app, changed, on the server; returns what it logs. */
const runVariant = async (changes: readonly Change[]): Promise<string[]> => {
  const app = await buildVariant(changes);
  cleanUps.push(app.remove);
  const names = { database: "todos", container: "items", leaseContainer: "leases" };
  await provision(client, { ...names, appDirectory: app.directory });
  const lines: string[] = [];
  const host = await startFunctionHost({
    appDirectory: app.directory,
    settings: { COSMOS: server.connectionString },
    port: 0,
    write: (line) => void lines.push(line),
  });
  cleanUps.push(host.close);
  return lines;
};

const WITHOUT_RETRY: Change = { pattern: /\n {2}retry: \{[\s\S]*?\n {2}\},\n/, replacement: "\n" };
const FAILING_HALF_OF_THE_TIME: Change = {
  pattern: /\(\) => processRequests\(changes, context\)/,
  replacement: `() => {
    const calls = ((globalThis as any).calls = ((globalThis as any).calls ?? 0) + 1);
    if (calls % 2 === 1) throw new Error("half of the time");
    return processRequests(changes, context);
  }`,
};

describe("a trigger without a retry policy, whose function fails half of the time", () => {
  test("loses batches, and the sweep finishes every request in order all the same", async () => {
    const lines = await runVariant([WITHOUT_RETRY, FAILING_HALF_OF_THE_TIME]);
    const submitter = createSubmitter(items);
    const titles = Array.from({ length: 120 }, (_, n) => `title ${n}`);
    for (const [n, title] of titles.entries()) {
      await submitter.submit({ projectId: 1 + (n % 4), title, id: `r${n}` });
      // Many small batches, so that many calls fail.
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await waitUntilSettled(items, () => undefined);
    expect(lines.filter((line) => line.includes("half of the time")).length).toBeGreaterThan(2);
    expect(lines.some((line) => line.includes("late projects="))).toBe(true);
    expect(await audit(items, { complete: true })).toMatchObject({ todos: 120, violations: [] });
    for (const projectId of [1, 2, 3, 4]) {
      const query = 'SELECT VALUE c.title FROM c WHERE c.type = "todo" ORDER BY c.todoId';
      const { resources } = await items.items.query(query, { partitionKey: projectId }).fetchAll();
      expect(resources).toEqual(titles.filter((_, n) => 1 + (n % 4) === projectId));
    }
  });
});

describe("a project whose drain always fails", () => {
  const BROKEN = 666;

  test("on a bug for its data holds up no other, although failed batches are retried for ever", async () => {
    const lines = await runVariant([]);
    // A todo beyond the counter contradicts the rules: the drain throws for its request, each time.
    const forged = { type: "todo", todoId: 5, title: "x", requestId: "bad" };
    await items.items.create({ id: "todo:bad", projectId: BROKEN, ...forged });
    const submitter = createSubmitter(items);
    await submitter.submit({ projectId: BROKEN, title: "x", id: "bad" });
    await measureOthers((n) =>
      submitter.submit({ projectId: BROKEN, title: `never ${n}`, id: `bad${n}` }),
    );
    expect(lines.some((line) => line.includes("drain-bug"))).toBe(true);
    const report = await audit(items);
    expect(report).toMatchObject({ done: 40, pending: 41 });
    expect(new Set(report.violations.map(({ project }) => project))).toEqual(new Set(["666"]));
  });

  test("since its partition is full holds up no other, and goes on once there is room", async () => {
    const lines = await runVariant([]);
    await items.items.create({ id: "full", projectId: BROKEN, filler: "x".repeat(199_000) });
    const submitter = createSubmitter(items);
    const accepted = await submitter.submit({ projectId: BROKEN, title: "waits", id: "bad" });
    expect(accepted.kind).toBe("accepted");
    await measureOthers(async () => {
      // Its sender goes on ringing the bell: each replacement is a change.
      const waiting = { id: "bad", projectId: BROKEN, type: "request", title: "waits" };
      await items.items.upsert(waiting);
    });
    expect(lines.some((line) => line.includes("403/1014"))).toBe(true);
    expect(await audit(items)).toMatchObject({ done: 40, pending: 1, violations: [] });
    await items.item("full", BROKEN).delete();
    await waitUntilSettled(items, () => undefined);
    expect(await audit(items, { complete: true })).toMatchObject({ done: 41, violations: [] });
  });

  /** Submits for other projects, each time beside something of the broken one; prints the latency. */
  const measureOthers = async (ringBroken: (n: number) => Promise<unknown>): Promise<void> => {
    const submitter = createSubmitter(items);
    const latenciesMs: number[] = [];
    for (let n = 0; n < 40; n += 1) {
      const startedAt = performance.now();
      const id = `r${n}`;
      const projectId = 1 + (n % 5);
      const [submission] = await Promise.all([
        submitter.submit({ projectId, title: `title ${n}`, id }),
        ringBroken(n),
      ]);
      expect(submission.kind).toBe("accepted");
      await untilDone(id, projectId);
      latenciesMs.push(performance.now() - startedAt);
    }
    const sorted = latenciesMs.toSorted((one, other) => one - other).map(Math.round);
    console.log(`beside a broken project: median ${sorted[20]} ms, worst ${sorted[39]} ms`);
  };

  const untilDone = async (id: string, projectId: number): Promise<void> => {
    for (;;) {
      const { resource } = await items.item(id, projectId).read();
      if (resource?.status === "done") return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
});
