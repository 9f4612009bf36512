import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CosmosClient } from "@azure/cosmos";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import { waitUntilSettled } from "../../cli/start/wait-until-settled.ts";
import { type Package, packageApp } from "../../infra/deploy/package.ts";
import { provision } from "../../local/azure/provision.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import type { FunctionMetadata } from "../../local/host/core-api.ts";
import { loadFunctionApp } from "../../local/host/function-app.ts";
import { startFunctionHost } from "../../local/host/function-host.ts";
import { readZip, unpack } from "./read-zip.ts";

let built: string;
let made: Package;
let archive: Buffer;
let directory: string;
let removeUnpacked: () => void;
let functions: ReadonlyMap<string, FunctionMetadata>;

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "packaged-"));
  made = await packageApp(built);
  archive = await readFile(made.zipFile);
  ({ directory, remove: removeUnpacked } = unpack(archive));
  const app = loadFunctionApp(directory, () => undefined);
  functions = new Map(app.functions.map(({ metadata }) => [metadata.name, metadata]));
});
afterAll(async () => {
  removeUnpacked();
  await rm(built, { recursive: true });
});

const triggerOf = (name: string) =>
  Object.values(functions.get(name)?.bindings ?? {}).find(({ direction }) => direction === "in");

describe("the package", () => {
  test("holds the bundle, host.json and package.json, and nothing else", () => {
    expect(readZip(archive).map(({ name }) => name)).toEqual([
      "host.json",
      "main.cjs",
      "package.json",
    ]);
    expect(made.files.map(({ name }) => name)).toEqual(["host.json", "main.cjs", "package.json"]);
  });

  test("is the same, byte for byte, when it is made again", async () => {
    const again = await mkdtemp(join(tmpdir(), "packaged-again-"));
    try {
      const { zipFile } = await packageApp(again);
      expect((await readFile(zipFile)).equals(archive)).toBe(true);
    } finally {
      await rm(again, { recursive: true });
    }
  });

  test("names its bundle as main, and needs nothing that must be installed", async () => {
    const text = await readFile(join(directory, "package.json"), "utf8");
    expect(JSON.parse(text)).toEqual({
      name: "effectively-once",
      version: expect.any(String),
      private: true,
      main: "main.cjs",
    });
    const bundle = await readFile(join(directory, "main.cjs"), "utf8");
    const required = [...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, id = ""]) => id);
    const missing = required.filter((id) => !isBuiltin(id));
    // The worker answers the first; the second is asked for in a try, for colours on a terminal.
    expect(new Set(missing)).toEqual(new Set(["@azure/functions-core", "supports-color"]));
  });

  test("calls the stored procedure that is deployed with it", async () => {
    const bundle = await readFile(join(directory, "main.cjs"), "utf8");
    expect(bundle).toContain(`"${made.drain.name}"`);
    expect(JSON.parse(await readFile(join(built, "drain.json"), "utf8"))).toMatchObject({
      name: made.drain.name,
    });
    expect(await readFile(join(built, "drain.js"), "utf8")).toBe(made.drain.body);
  });
});

describe("what the built bundle registers", () => {
  test("is five functions with their triggers", () => {
    const kinds = [...functions.keys()].map((name) => [name, triggerOf(name)?.type]);
    expect(Object.fromEntries(kinds)).toEqual({
      processRequests: "cosmosDBTrigger",
      sweep: "timerTrigger",
      submitRequest: "httpTrigger",
      readRequest: "httpTrigger",
      listTodos: "httpTrigger",
    });
  });

  test("is a change feed trigger that loses no batch and creates no container", () => {
    expect(triggerOf("processRequests")).toMatchObject({
      connection: "COSMOS",
      databaseName: "todos",
      containerName: "items",
      leaseContainerName: "leases",
      leaseContainerPrefix: "process-requests-",
      startFromBeginning: true,
      createLeaseContainerIfNotExists: false,
    });
    expect(functions.get("processRequests")?.retryOptions).toMatchObject({
      retryStrategy: "exponentialBackoff",
      maxRetryCount: -1,
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 30 },
    });
  });

  test("renews its leases several times before they expire, and takes others soon after", () => {
    const trigger = triggerOf("processRequests");
    const {
      leaseExpirationInterval = 0,
      leaseRenewInterval = 0,
      leaseAcquireInterval = 0,
    } = trigger as Readonly<Record<string, number>>;
    expect(leaseRenewInterval).toBeGreaterThan(0);
    expect(leaseExpirationInterval).toBeGreaterThanOrEqual(3 * leaseRenewInterval);
    // The defaults of the trigger take 60 + 13 s.
    expect(leaseExpirationInterval + leaseAcquireInterval).toBeLessThanOrEqual(15_000);
  });

  test("is a sweep that neither starts with the app nor waits for another try", () => {
    expect(triggerOf("sweep")).toMatchObject({ schedule: "*/5 * * * * *" });
    expect(triggerOf("sweep")).not.toHaveProperty("runOnStartup");
    expect(functions.get("sweep")?.retryOptions).toBeUndefined();
  });

  test("is an HTTP API that asks for a key where nothing else stands before it", () => {
    const routes = ["submitRequest", "readRequest", "listTodos"].map((name) => triggerOf(name));
    expect(routes).toMatchObject([
      { methods: ["POST"], route: "projects/{projectId}/requests", authLevel: "function" },
      { methods: ["GET"], route: "projects/{projectId}/requests/{id}", authLevel: "function" },
      { methods: ["GET"], route: "projects/{projectId}/todos", authLevel: "function" },
    ]);
  });
});

describe("host.json of the package", () => {
  const read = async () => JSON.parse(await readFile(join(directory, "host.json"), "utf8"));

  test("takes the extension bundle that knows the retry policy of the trigger", async () => {
    // source: PR #798 of azure-webjobs-sdk-extensions is in 4.x; older ones ignore the policy
    expect((await read()).extensionBundle).toEqual({
      id: "Microsoft.Azure.Functions.ExtensionBundle",
      version: "[4.*, 5.0.0)",
    });
  });

  test("reaches Cosmos DB through the gateway, the HTTP API under /api", async () => {
    const { extensions } = await read();
    expect(extensions.cosmosDB.connectionMode).toBe("Gateway");
    expect(extensions.http.routePrefix).toBe("api");
  });

  test("ends an invocation after ten minutes, so that a batch that hangs comes again", async () => {
    expect((await read()).functionTimeout).toBe("00:10:00");
    expect(loadFunctionApp(directory, () => undefined).hostFile.timeLimitMs).toBe(600_000);
  });

  test("samples no line away that an alert counts", async () => {
    const { samplingSettings } = (await read()).logging.applicationInsights;
    const kept = samplingSettings.excludedTypes.split(";");
    expect(kept).toEqual(expect.arrayContaining(["Request", "Trace"]));
  });
});

describe("the package, unpacked where nothing is installed", () => {
  test("stands alone: none of its libraries can be found from there", () => {
    const requireThere = createRequire(join(directory, "main.cjs"));
    expect(() => requireThere.resolve("@azure/cosmos")).toThrow(/Cannot find module/);
    expect(existsSync(join(directory, "node_modules"))).toBe(false);
  });

  test("processes requests on the local host", async () => {
    const server = await startCosmosServer({ port: 0 });
    const client = new CosmosClient(server.connectionString);
    const names = { database: "todos", container: "items", leaseContainer: "leases" };
    await provision(client, { ...names, appDirectory: built });
    const items = client.database(names.database).container(names.container);
    const host = await startFunctionHost({
      appDirectory: directory,
      settings: { COSMOS: server.connectionString },
      port: 0,
      write: () => undefined,
    });
    try {
      expect(host.functions).toHaveLength(5);
      const reply = await fetch(`${host.url}/api/projects/7/requests`, {
        method: "POST",
        body: JSON.stringify({ title: "Käse", id: "k" }),
      });
      expect(reply.status).toBe(202);
      await waitUntilSettled(items, () => undefined);
      expect(await audit(items, { complete: true })).toMatchObject({ todos: 1, violations: [] });
      const read = await fetch(`${host.url}/api/projects/7/requests/k`);
      expect(await read.json()).toMatchObject({ status: "done", todoId: 1 });
    } finally {
      await host.close();
      client.dispose();
      await server.close();
    }
  });
});
