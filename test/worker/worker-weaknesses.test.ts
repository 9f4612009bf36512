import { afterEach, describe, expect, test } from "vitest";
import { buildApp } from "../host/built-app.ts";
import { cosmosBatch, httpCall, timerRing } from "./rpc.ts";
import { startWorker, type Worker, type WorkerOptions } from "./worker.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const workerWith = async (source: string, options?: Partial<WorkerOptions>): Promise<Worker> => {
  const app = await buildApp(`const { app } = require("@azure/functions");\n${source}`);
  cleanUps.push(app.remove);
  const worker = await startWorker({ directory: app.directory, ...options });
  cleanUps.push(() => worker.kill("SIGKILL"));
  return worker;
};

const timers = (handlers: Readonly<Record<string, string>>): string =>
  Object.entries(handlers)
    .map(
      ([name, handler]) =>
        `app.timer("${name}", { schedule: "0 0 0 1 1 *", handler: async (timer, context) => { ${handler} } });`,
    )
    .join("\n");

const FOREVER = "await new Promise(() => setInterval(() => {}, 1000));";

describe("the Node worker", () => {
  test("is ended by a rejection that nobody awaits, with everything that it was doing", async () => {
    const worker = await workerWith(
      timers({ careless: `Promise.reject(new Error("forgotten")); ${FOREVER}`, innocent: FOREVER }),
    );
    const innocent = worker.start("innocent", timerRing());
    expect(await worker.invoke("careless", timerRing())).toEqual({ status: "never answered" });
    expect(await innocent.ended).toEqual({ status: "never answered" });
    expect(await worker.ended).toBe("1");
    expect(worker.log.join("\n")).toMatch(/uncaught exception: Error: forgotten/);
  });

  test("is ended by a rejection that comes after its function's success", async () => {
    const worker = await workerWith(
      timers({ hasty: `setTimeout(() => Promise.reject(new Error("late")), 20);` }),
    );
    expect(await worker.invoke("hasty", timerRing())).toMatchObject({ status: "Success" });
    expect(await worker.ended).toBe("1");
  });

  test("takes a thrown undefined for success, and every other value for a failure", async () => {
    const worker = await workerWith(
      timers({
        nothing: "throw undefined;",
        nul: "throw null;",
        text: `throw "a text";`,
        error: `throw new RangeError("too far");`,
      }),
    );
    expect(await worker.invoke("nothing", timerRing())).toMatchObject({ status: "Success" });
    expect(await worker.invoke("nul", timerRing())).toMatchObject({ status: "Success" });
    expect(await worker.invoke("text", timerRing())).toMatchObject({
      status: "Failure",
      message: "a text",
    });
    expect(await worker.invoke("error", timerRing())).toMatchObject({
      status: "Failure",
      message: "too far",
      stack: expect.stringContaining("RangeError: too far"),
    });
  });

  test("cancels nothing: who was told to stop goes on to the end", async () => {
    const worker = await workerWith(
      timers({ slow: `await new Promise((resolve) => setTimeout(resolve, 300)); return "ready";` }),
    );
    const invocation = worker.start("slow", timerRing());
    invocation.cancel();
    expect(await invocation.ended).toMatchObject({
      status: "Success",
      returnValue: { string: "ready" },
    });
  });

  test("is killed with all that it does when one invocation is over its time limit", async () => {
    const worker = await workerWith(timers({ one: FOREVER, other: FOREVER }), { timeLimitMs: 300 });
    const other = worker.start("other", timerRing());
    expect(await worker.invoke("one", timerRing())).toEqual({ status: "never answered" });
    expect(await other.ended).toEqual({ status: "never answered" });
    expect(await worker.ended).toBe("SIGKILL");
  });

  test("registers functions while it loads the app and not later", async () => {
    const worker = await workerWith(
      timers({ late: `app.timer("later", { schedule: "0 0 0 1 1 *", handler: async () => {} });` }),
    );
    expect(worker.functions.map(({ functionId }) => functionId)).toEqual(["late"]);
    expect(await worker.invoke("late", timerRing())).toMatchObject({
      status: "Failure",
      message: "A function can only be registered during app startup.",
    });
  });

  test("runs invocations side by side in one process", async () => {
    const worker =
      await workerWith(`let here = 0; let free; const all = new Promise((r) => free = r);
      ${timers({ meet: "if (++here === 20) free(); await all; return here;" })}`);
    const ends = Array.from({ length: 20 }, () => worker.invoke("meet", timerRing()));
    expect(new Set((await Promise.all(ends)).map(({ status }) => status))).toEqual(
      new Set(["Success"]),
    );
  });

  test("runs the app's last hooks when the host asks it to end, and none when it is killed", async () => {
    const source = `app.hook.appTerminate(async () => console.log("last words"));
      ${timers({ idle: "" })}`;
    const asked = await workerWith(source);
    expect(await asked.terminate()).toBe("0");
    expect(asked.log).toContain("last words");
    const killed = await workerWith(source);
    await killed.kill("SIGTERM");
    expect(killed.log).not.toContain("last words");
  });

  test("cannot load an app that throws, and says why", async () => {
    await expect(workerWith(`throw new Error("no settings");`)).rejects.toThrow(
      "Worker was unable to load the app: no settings",
    );
  });
});

describe("what the worker hands over", () => {
  test("is a batch as an array, with the retry before it and the trigger's metadata", async () => {
    const worker = await workerWith(`app.cosmosDB("bell", { connection: "COSMOS",
      databaseName: "d", containerName: "c", handler: async (changes, context) => ({
        changes, retry: context.retryContext, metadata: context.triggerMetadata.sys.methodName }) });`);
    const retry = {
      retryCount: 3,
      maxRetryCount: -1,
      exception: { message: "away", stackTrace: "…" },
    };
    const end = await worker.invoke("bell", cosmosBatch([{ id: "a", _lsn: 7 }], retry));
    expect(JSON.parse((end as { returnValue: { json: string } }).returnValue.json)).toEqual({
      changes: [{ id: "a", _lsn: 7 }],
      retry,
      metadata: "processRequests",
    });
  });

  test("is a timer with small letters", async () => {
    const worker = await workerWith(timers({ tick: "return Object.keys(timer);" }));
    const end = await worker.invoke("tick", timerRing());
    expect((end as { returnValue: unknown }).returnValue).toEqual({
      json: '["schedule","scheduleStatus","isPastDue"]',
    });
  });

  test("is an HTTP request with parameters, query and body, and its reply goes back", async () => {
    const worker = await workerWith(`app.http("echo", { handler: async (request) => ({
      status: 202, headers: { "x-by": "echo" }, jsonBody: { params: request.params,
        tag: request.query.get("tag"), body: await request.json(), method: request.method } }) });`);
    const end = await worker.invoke(
      "echo",
      httpCall({
        method: "POST",
        path: "/api/e?tag=b",
        params: { id: "7" },
        body: { title: "Käse" },
      }),
    );
    const { http } = (end as { returnValue: { http: HttpReply } }).returnValue;
    expect(http).toMatchObject({ statusCode: "202", headers: { "x-by": "echo" } });
    expect(JSON.parse(Buffer.from(http.body.bytes).toString())).toEqual({
      params: { id: "7" },
      tag: "b",
      body: { title: "Käse" },
      method: "POST",
    });
  });
});

type HttpReply = { readonly statusCode: string; readonly body: { readonly bytes: Uint8Array } };
