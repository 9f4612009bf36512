import { CosmosClient } from "@azure/cosmos";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { startFunctionHost } from "../../local/host/function-host.ts";
import { buildApp } from "./built-app.ts";

/** What an app in this process tells the test: each call's ids, and how to answer it. */
type Probe = {
  calls: { ids: string[]; retryCount: number | undefined }[];
  answer: (call: number) => void | Promise<void>;
};
const probe = (): Probe => (globalThis as unknown as { probe: Probe }).probe;

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let server: CosmosServer;
let client: CosmosClient;

beforeEach(async () => {
  (globalThis as unknown as { probe: Probe }).probe = { calls: [], answer: () => undefined };
  server = await startCosmosServer({ port: 0 });
  client = new CosmosClient(server.connectionString);
  const { database } = await client.databases.create({ id: "todos" });
  await database.containers.create({ id: "items", partitionKey: { paths: ["/projectId"] } });
  const leases = { id: "leases", partitionKey: { paths: ["/id"] }, defaultTtl: -1 };
  await database.containers.create(leases);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  client.dispose();
  await server.close();
});

const hostWith = async (retry: string, settings: Record<string, string> = {}) => {
  const app = await buildApp(`const { app } = require("@azure/functions");
    app.cosmosDB("bell", { connection: "ACCOUNT", databaseName: "%DB%", containerName: "items",
      leaseContainerPrefix: "bell-", startFromBeginning: true, feedPollDelay: 50, ${retry}
      leaseExpirationInterval: 3000, leaseRenewInterval: 1000, leaseAcquireInterval: 500,
      handler: async (changes, context) => {
        const retryCount = context.retryContext?.retryCount;
        globalThis.probe.calls.push({ ids: changes.map(({ id }) => id), retryCount });
        await globalThis.probe.answer(globalThis.probe.calls.length);
      } });`);
  const lines: string[] = [];
  const host = await startFunctionHost({
    appDirectory: app.directory,
    settings: { ACCOUNT: server.connectionString, DB: "todos", ...settings },
    port: 0,
    write: (line) => void lines.push(line),
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= host.close();
    return closed;
  };
  cleanUps.push(app.remove, close);
  return { lines, close };
};

const insert = (id: string) =>
  client.database("todos").container("items").items.create({ id, projectId: 1, title: "x" });

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const idsOf = (calls: Probe["calls"]) => calls.map(({ ids }) => ids.join());

const fails =
  (...calls: number[]) =>
  (call: number) => {
    if (calls.includes(call)) throw new Error(`call ${call} fails`);
  };

describe("a Cosmos DB trigger", () => {
  test("gives the function the changes from the beginning, with their _lsn", async () => {
    await insert("a");
    await hostWith("");
    await until(() => probe().calls.length === 1);
    await insert("b");
    await until(() => probe().calls.length === 2);
    expect(idsOf(probe().calls)).toEqual(["a", "b"]);
  });

  test("without a retry policy, a failed batch is checkpointed and never comes again", async () => {
    probe().answer = fails(1);
    await insert("lost");
    const { close, lines } = await hostWith("");
    await until(() => probe().calls.length === 1);
    await insert("next");
    await until(() => probe().calls.length === 2);
    await close();
    await hostWith("");
    await insert("last");
    await until(() => probe().calls.length === 3);
    expect(idsOf(probe().calls)).toEqual(["lost", "next", "last"]);
    expect(lines.join("\n")).toContain("error bell: Invocation failed: Error: call 1 fails");
  });

  test("with an infinite policy the same batch is repeated until it succeeds", async () => {
    probe().answer = fails(1, 2, 3);
    await insert("kept");
    await hostWith(`retry: { strategy: "fixedDelay", maxRetryCount: -1, delayInterval: 0 },`);
    await until(() => probe().calls.length === 4);
    await insert("next");
    await until(() => probe().calls.length === 5);
    expect(idsOf(probe().calls)).toEqual(["kept", "kept", "kept", "kept", "next"]);
    expect(probe().calls.map(({ retryCount }) => retryCount)).toEqual([
      undefined,
      1,
      2,
      3,
      undefined,
    ]);
  });

  test("with a finite policy the batch is lost after its last retry", async () => {
    probe().answer = fails(1, 2, 3);
    await insert("lost");
    await hostWith(`retry: { strategy: "fixedDelay", maxRetryCount: 2, delayInterval: 0 },`);
    await until(() => probe().calls.length === 3);
    await insert("next");
    await until(() => probe().calls.length === 4);
    expect(idsOf(probe().calls)).toEqual(["lost", "lost", "lost", "next"]);
  });

  test("a shutdown during the wait for a retry leaves the batch to the next host", async () => {
    const retry = `retry: { strategy: "fixedDelay", maxRetryCount: -1, delayInterval: 60000 },`;
    probe().answer = fails(1);
    await insert("kept");
    const { close } = await hostWith(retry);
    await until(() => probe().calls.length === 1);
    await close();
    await hostWith(retry);
    await until(() => probe().calls.length === 2);
    expect(idsOf(probe().calls)).toEqual(["kept", "kept"]);
  });

  test.each([
    ["comes again", {}, ["kept", "kept"]],
    [
      "is finished in drain mode",
      { FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING: "true" },
      ["kept", "b"],
    ],
  ])(
    "a batch whose function succeeds during the shutdown %s",
    async (_what, settings, expected) => {
      let finish = (): void => undefined;
      probe().answer = (call) =>
        call === 1 ? new Promise<void>((resolve) => (finish = resolve)) : undefined;
      await insert("kept");
      const { close } = await hostWith("", settings);
      await until(() => probe().calls.length === 1);
      const closed = close();
      finish();
      await closed;
      await hostWith("", settings);
      if (expected.includes("b")) await insert("b");
      await until(() => probe().calls.length === 2);
      expect(idsOf(probe().calls)).toEqual(expected);
    },
  );
});

test("a host that waits for another one to make the leases stops at once when it is told to", async () => {
  const { resource: database } = await client.database("todos").read();
  const { resource: container } = await client.database("todos").container("items").read();
  const prefix = `bell-127.0.0.1_${database?._rid}_${container?._rid}`;
  const leases = client.database("todos").container("leases");
  await leases.items.create({ id: `${prefix}.lock`, ttl: 3600 });
  const { close } = await hostWith("");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await close();
  expect(probe().calls).toEqual([]);
});
