import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startFunctionHost } from "../../local/host/function-host.ts";
import { type BuiltApp, buildApp } from "./built-app.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const appOf = async (source: string, hostJson?: object): Promise<BuiltApp> => {
  const app = await buildApp(`const { app } = require("@azure/functions");\n${source}`, hostJson);
  cleanUps.push(app.remove);
  return app;
};

const hostOf = async (source: string, settings = {}, hostJson?: object) => {
  const { directory: appDirectory } = await appOf(source, hostJson);
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const host = await startFunctionHost({ appDirectory, settings, port: 0, write });
  cleanUps.push(host.close);
  return { ...host, lines };
};

describe("HTTP functions", () => {
  test("are reached under the route prefix, with parameters, query, headers and body", async () => {
    const { url } = await hostOf(`app.http("add", {
      methods: ["POST"], route: "projects/{projectId}/requests", authLevel: "function",
      handler: async (request) => ({ status: 202, headers: { "x-made-by": "add" }, jsonBody: {
        params: request.params, tags: request.query.getAll("tag"),
        header: request.headers.get("x-name"), body: await request.json() } }),
    });`);
    const response = await fetch(`${url}/api/projects/42/requests?tag=a&tag=b`, {
      method: "POST",
      headers: { "x-name": "Jo" },
      body: JSON.stringify({ title: "Käse" }),
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("x-made-by")).toBe("add");
    expect(await response.json()).toEqual({
      params: { projectId: "42" },
      tags: ["a", "b"],
      header: "Jo",
      body: { title: "Käse" },
    });
  });

  test("answer 404 for other methods and paths, 500 on failure, 204 on nothing", async () => {
    const { url, lines } = await hostOf(`
      app.http("fails", { handler: async () => { throw new Error("no luck"); } });
      app.http("says-nothing", { methods: ["GET"], handler: async () => undefined });`);
    const statusOf = async (path: string, method = "GET") =>
      (await fetch(`${url}${path}`, { method })).status;
    expect(await statusOf("/api/fails")).toBe(500);
    expect(await statusOf("/api/says-nothing")).toBe(204);
    expect(await statusOf("/api/says-nothing", "DELETE")).toBe(404);
    expect(await statusOf("/api/unknown")).toBe(404);
    expect(lines.join("\n")).toMatch(/error fails: Invocation failed: Error: no luck/);
  });

  test("a thrown undefined counts as success, as in the Functions worker", async () => {
    const { url } = await hostOf(`app.http("odd", { handler: async () => { throw undefined; } });`);
    expect((await fetch(`${url}/api/odd`)).status).toBe(204);
  });

  test("see hooks around them, and the app's end", async () => {
    const { url, close, lines } = await hostOf(`
      app.hook.preInvocation((context) => { context.inputs = ["changed"]; });
      app.hook.postInvocation((context) => { context.result = { body: context.result + "!" }; });
      app.hook.appTerminate(() => { globalThis.terminated = (globalThis.terminated ?? 0) + 1; });
      app.http("hooked", { handler: async (input) => input });`);
    expect(await (await fetch(`${url}/api/hooked`)).text()).toBe("changed!");
    cleanUps.pop();
    await close();
    expect((globalThis as { terminated?: number }).terminated).toBe(1);
    expect(lines).toEqual([]);
  });
});

describe("loading an app", () => {
  test.each([
    [
      "a trigger that the host does not know",
      `app.storageQueue("q", { queueName: "x", connection: "S", handler: async () => {} });`,
      /"q" has a queueTrigger; the local host knows cosmosDBTrigger/,
    ],
    [
      "an output binding",
      `const { output } = require("@azure/functions");
       app.timer("t", { schedule: "0 * * * * *", handler: async () => {},
         extraOutputs: [output.storageQueue({ queueName: "x", connection: "S" })] });`,
      /"t" has the out binding .* of type queue/,
    ],
    [
      "a setting that is not set",
      `app.cosmosDB("c", { connection: "COSMOS", databaseName: "%NO_SUCH%", containerName: "items",
         handler: async () => {} });`,
      /"c" uses %NO_SUCH%, but the app setting NO_SUCH is not set/,
    ],
    [
      "deletes in the change feed",
      `app.cosmosDB("c", { connection: "COSMOS", databaseName: "d", containerName: "items",
         changeFeedMode: "AllVersionsAndDeletes", handler: async () => {} });`,
      /"c" wants changeFeedMode AllVersionsAndDeletes/,
    ],
    [
      "a schedule of five fields",
      `app.timer("t", { schedule: "*/5 * * * *", handler: async () => {} });`,
      /"t" has the schedule/,
    ],
    ["HTTP streaming", `app.setup({ enableHttpStream: true });`, /does not support/],
    ["an app that registers nothing", "", /registers no function/],
    ["an app that throws", `throw new Error("broken");`, /failed while it was loaded: broken/],
  ])("refuses %s", async (_what, source, message) => {
    const { directory: appDirectory } = await appOf(source);
    const starting = startFunctionHost({ appDirectory, settings: {}, port: 0 });
    await expect(starting).rejects.toThrow(message);
  });

  test("refuses a folder without an app, saying what to do", async () => {
    const appDirectory = join(import.meta.dirname, "no-such-folder");
    const starting = startFunctionHost({ appDirectory, settings: {}, port: 0 });
    await expect(starting).rejects.toThrow(/host\.json does not exist; build the app first/);
  });

  test("a function registered after loading is refused", async () => {
    const { url } = await hostOf(`app.http("late", { handler: async () => {
      try { app.http("later", { handler: async () => {} }); return { body: "registered" }; }
      catch (error) { return { body: error.message }; } } });`);
    const text = await (await fetch(`${url}/api/late`)).text();
    expect(text).toMatch(/can only be registered during app startup/);
  });

  test("a taken port is named, with what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { directory: appDirectory } = await appOf(`app.http("x", { handler: async () => {} });`);
    await expect(startFunctionHost({ appDirectory, settings: {}, port })).rejects.toThrow(
      `Port ${port} for the functions is in use`,
    );
    server.close();
  });
});

describe("functionTimeout", () => {
  const endOfHost = async (functionTimeout: string, handler: string): Promise<string> => {
    const source = `app.timer("t", { schedule: "0 0 0 1 1 *", runOnStartup: true,
      handler: async () => { ${handler} } });`;
    const { directory } = await appOf(source, { functionTimeout });
    const hostFile = join(import.meta.dirname, "../../local/host/function-host.ts");
    const program = `import { startFunctionHost } from ${JSON.stringify(hostFile)};
      await startFunctionHost({ appDirectory: ${JSON.stringify(directory)}, settings: {}, port: 0 });`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    const [code] = await once(child, "close");
    return `${code} ${said}`;
  };

  test("ends the process that holds a longer invocation", async () => {
    const end = await endOfHost("00:00:01", "await new Promise(() => {});");
    expect(end).toMatch(/^1 [\s\S]*t took longer than functionTimeout in host\.json \(1 s\)/);
  });

  test("means nothing to an invocation that ends before", async () => {
    const handler = "setTimeout(() => process.exit(7), 1_500);";
    expect(await endOfHost("00:00:01", handler)).toMatch(/^7 /);
  });

  test.each(["10 minutes", "10:00", "99"])("%s is refused, with what to write", async (text) => {
    const { directory: appDirectory } = await appOf("", { functionTimeout: text });
    const starting = startFunctionHost({ appDirectory, settings: {}, port: 0 });
    await expect(starting).rejects.toThrow(/has the functionTimeout .* write it as "00:10:00"/);
  });
});

test("a rejection that nobody awaits ends the process", async () => {
  const { directory } = await appOf(`app.timer("t", { schedule: "* * * * * *",
    handler: async () => { Promise.reject(new Error("forgotten")); await new Promise(() => {}); } });`);
  const hostFile = join(import.meta.dirname, "../../local/host/function-host.ts");
  const program = `import { startFunctionHost } from ${JSON.stringify(hostFile)};
    await startFunctionHost({ appDirectory: ${JSON.stringify(directory)}, settings: {}, port: 0 });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  const [code] = await once(child, "exit");
  expect(code).toBe(1);
});
