import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../local/cosmos/json.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import { applyScriptWrites } from "../../local/cosmos/scripts/apply-script-writes.ts";
import {
  createScriptHost,
  type ScriptExecution,
  type ScriptHost,
  type ScriptHostOptions,
} from "../../local/cosmos/scripts/script-host.ts";
import {
  PROCESS_FLAGS,
  startScriptProcess,
} from "../../local/cosmos/scripts/start-script-process.ts";
import { partitionFor } from "../../local/cosmos/store/physical-partition.ts";
import {
  createContainer,
  openStore,
  partitionKey,
  temporaryFolder,
} from "../store/store-fixture.ts";

const hosts: ScriptHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

/** A store, a host on it, and scripts for partition key "p". */
const open = (
  options: ScriptHostOptions = {},
  directory: string | undefined = temporaryFolder(),
) => {
  const store = openStore(directory === "memory" ? {} : { directory });
  const container = createContainer(store);
  const key = logicalKey(["p"], partitionKey);
  const partition = partitionFor(container, key.epk);
  const host = createScriptHost(store, options);
  hosts.push(host);
  const execute = (script: string, given: Partial<ScriptExecution> = {}) =>
    host.execute({
      script,
      container,
      partition,
      pk: key.pk,
      firstRid: store.reserveRids(container, 1_000),
      argumentsText: "[]",
      isLogging: false,
      ...given,
    });
  const put = (body: JsonObject & { id: string }) =>
    store.commit(container, partition, (tx) => tx.put({ key, id: body.id, body }));
  const commit = ({ writes }: Awaited<ReturnType<typeof execute>>) =>
    store.commit(container, partition, (tx) => applyScriptWrites(tx, key, writes));
  const read = (id: string) => store.reader(partition).read(key.pk, id);
  return { execute, put, commit, read, directory: directory ?? "" };
};

const answer = (value: string): string =>
  `function () { getContext().getResponse().setBody(${value}); }`;
const ENDLESS = "function () { for (;;); }";

describe("a script process", () => {
  test.each(["file", "memory"])(
    "reads what is committed, and its writes commit (%s)",
    async (kind) => {
      const { execute, put, commit, read } = open({}, kind === "memory" ? kind : undefined);
      const text = `function () { __.readDocument(__.getAltLink() + "/docs/a", function (e, a) {
      a.n++;
      __.replaceDocument(a._self, a, { etag: a._etag }, function (e2, b) {
        __.createDocument(__.getSelfLink(), { id: "new", pk: "p", of: b._etag }, function (e3, c) {
          __.response.setBody([b, c]);
        });
      });
    }); }`;
      for (let n = 1; n <= 3; n++) {
        if (n === 1) await put({ id: "a", pk: "p", n });
        const result = await execute(text.replace('"new"', `"new${n}"`));
        expect(read(`new${n}`)).toBeUndefined();
        await commit(result);
        const [replaced, created] = JSON.parse(result.bodyText);
        expect(replaced.n).toBe(n + 1);
        const { _ts: _, ...stored } = JSON.parse(read("a")?.text ?? "");
        expect(replaced).toMatchObject(stored);
        const { _ts: __, ...storedNew } = JSON.parse(read(`new${n}`)?.text ?? "");
        expect(created).toMatchObject(storedNew);
      }
    },
  );

  test("lists its own logical partition only", async () => {
    const { execute, put } = open();
    await put({ id: "a", pk: "p" });
    await put({ id: "b", pk: "p" });
    const text = `function () { __.readDocuments(__.getSelfLink(), { pageSize: 1 }, function (e, rows, o) {
      __.readDocuments(__.getSelfLink(), o, function (e2, rest, o2) { __.response.setBody([rows.length, rest.length, o2]); });
    }); }`;
    expect(JSON.parse((await execute(text)).bodyText)).toEqual([1, 1, {}]);
  });

  test.each(["file", "memory"])(
    "queries its own logical partition, page by page (%s)",
    async (kind) => {
      const { execute, put } = open({}, kind === "memory" ? kind : undefined);
      for (const n of [3, 1, 2]) await put({ id: `a${n}`, pk: "p", n });
      const text = `function () {
      var query = { query: "SELECT VALUE c.n FROM c WHERE c.n < @most",
        parameters: [{ name: "@most", value: 3 }] };
      var pages = [];
      (function next(continuation) {
        var options = { pageSize: 1, continuation: continuation };
        __.queryDocuments(__.getSelfLink(), query, options, function (e, rows, info) {
          if (e) throw e;
          pages.push(rows);
          if (info.continuation) return next(info.continuation);
          __.queryDocuments(__.getSelfLink(), "SELEKT", function (e2) {
            __.response.setBody([pages.filter(function (p) { return p.length > 0; }), e2.number]);
          });
        });
      })();
    }`;
      expect(JSON.parse((await execute(text)).bodyText)).toEqual([[[1], [2]], 400]);
    },
  );

  test("is refused with 449 when another transaction was faster", async () => {
    const { execute, put, commit, read } = open();
    await put({ id: "a", pk: "p" });
    const text = `function () {
      __.upsertDocument(__.getSelfLink(), { id: "a", pk: "p", by: "script" });
      __.createDocument(__.getSelfLink(), { id: "b", pk: "p" });
    }`;
    const [first, second] = [await execute(text), await execute(text)];
    await put({ id: "a", pk: "p", by: "other" });
    await expect(commit(first)).rejects.toMatchObject({ status: 449 });
    expect(read("b")).toBeUndefined();
    await commit(await execute(text));
    await expect(commit(second)).rejects.toMatchObject({ status: 449 });
  });

  test("tells a thrown error with its code", async () => {
    const { execute } = open();
    await expect(execute('function () { throw new Error(412, "x"); }')).rejects.toMatchObject({
      status: 400,
      substatus: 412,
    });
    await expect(execute("function (")).rejects.toMatchObject({ status: 400, substatus: 65535 });
  });

  test("drops what an async function throws that nobody awaits, and commits", async () => {
    const { execute } = open();
    const text = `async function () {
      __.createDocument(__.getSelfLink(), { id: "a", pk: "p" });
      throw new Error("lost");
    }`;
    const result = await execute(text);
    expect([result.bodyText, result.writes.length]).toEqual(['""', 1]);
    expect((await execute(answer("1"))).bodyText).toBe("1");
  });

  test("remembers more scripts than it keeps compiled", async () => {
    const { execute } = open({ processes: 1 });
    for (const round of [1, 2]) {
      for (let i = 0; i < 70; i++) {
        expect((await execute(answer(`[${i}]`))).bodyText, `round ${round}`).toBe(`[${i}]`);
      }
    }
  });
});

describe("a script that does not end", () => {
  test.each([
    ["loops for ever", ENDLESS],
    [
      "chains promises for ever",
      "function () { (function again() { Promise.resolve().then(again); })(); }",
    ],
    ["backtracks for ever", "function () { /^(a+)+$/.test('a'.repeat(60) + 'b'); }"],
    ["loops while it is printed", "function () { throw { toString: function () { for (;;); } }; }"],
    [
      "loops in a callback",
      "function () { __.readDocument(__.getAltLink() + '/docs/x', function () { for (;;); }); }",
    ],
  ])("and %s ends with 408, and others are answered", async (_, text) => {
    const { execute } = open({ processes: 1, timeoutMs: 1_500 });
    const ended = expect(execute(text)).rejects.toMatchObject({ status: 408 });
    const waiting = [execute(answer("1")), execute(answer("2"))];
    await ended;
    expect((await Promise.all(waiting)).map(({ bodyText }) => bodyText)).toEqual(["1", "2"]);
  });

  test("does not hold up another process", async () => {
    const { execute } = open({ processes: 2, timeoutMs: 2_000 });
    const ends: string[] = [];
    const endless = execute(ENDLESS).catch(() => ends.push("endless"));
    await execute(answer("1"));
    ends.push("quick");
    await endless;
    expect(ends).toEqual(["quick", "endless"]);
  });
});

describe("a script that wants all memory", () => {
  test.each([
    "var a = []; for (;;) a.push({ x: a.length })",
    "new Array(Math.pow(2, 26)).fill(0)",
    "'x'.repeat(3e8).split('')",
    "var s = 'ab'.repeat(2e8); JSON.stringify([s, s, s])",
  ])("ends alone: %s", async (body) => {
    const { execute } = open({ processes: 1 });
    const outcome = await execute(`function () { ${body}; }`).catch((error) => error);
    expect([400, 408]).toContain(outcome.status);
    if (outcome.status === 400) expect(outcome.message).toMatch(/memory|Invalid string length/);
    expect((await execute(answer("1"))).bodyText).toBe("1");
  });
});

test("even with the first wall gone, the process can neither write, nor start another, nor make code", async () => {
  const folder = temporaryFolder();
  const entry = join(folder, "breakout.mjs");
  const target = join(folder, "written");
  writeFileSync(
    entry,
    `import { writeFileSync } from "node:fs"; import { execSync } from "node:child_process";
    const tries = [() => writeFileSync(${JSON.stringify(target)}, "x"), () => execSync("true"),
      () => Function("return 1")(), () => { "use strict"; Object.prototype.leak = 1; }];
    console.log(tries.map((each) => { try { each(); return "done"; } catch (e) { return e.code ?? e.name; } }).join());`,
  );
  const said = execFileSync(process.execPath, [...PROCESS_FLAGS, entry], { env: {} }).toString();
  expect(said.trim()).toBe("ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,EvalError,TypeError");
  expect(existsSync(target)).toBe(false);
});

test("a process that cannot start says why", async () => {
  const missing = join(temporaryFolder(), "missing.db");
  await expect(startScriptProcess(missing)).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining("unable to open database file"),
  });
});

test("a closed host answers 503 to what runs, waits and comes", async () => {
  const { execute } = open({ processes: 1 });
  const [running, waiting] = [execute(ENDLESS), execute(answer("1"))].map((outcome) =>
    outcome.catch((error) => error.status),
  );
  for (const host of hosts.splice(0)) host.close();
  expect([await running, await waiting]).toEqual([503, 503]);
  await expect(execute(answer("1"))).rejects.toMatchObject({ status: 503 });
});

test("a server that is killed leaves no process behind, not even one that loops for ever", async () => {
  const folder = temporaryFolder();
  const entry = join(folder, "server.ts");
  const process_ = new URL("../../local/cosmos/scripts/start-script-process.ts", import.meta.url);
  writeFileSync(
    entry,
    `const { startScriptProcess } = await import(${JSON.stringify(process_.href)});
    const { DatabaseSync } = await import("node:sqlite");
    const file = ${JSON.stringify(join(folder, "x.db"))};
    new DatabaseSync(file).exec("CREATE TABLE t (x)");
    const worker = await startScriptProcess(file);
    const container = { rid: "", id: "", databaseRid: "", databaseId: "", partitionKey: { paths: ["/pk"] } };
    const call = { container, pk: "[1]", firstRid: 1, nowMs: 1, argumentsText: "[]", isLogging: false };
    worker.run({ call, script: ${JSON.stringify(ENDLESS)}, table: "t", compositeIndexes: [] }, 60_000);
    console.log("running");`,
  );
  const server = spawn(process.execPath, [entry], { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout, "data");
  const children = childrenOf(server.pid ?? 0);
  expect(children).toHaveLength(1);
  server.kill("SIGKILL");
  await vi.waitUntil(() => children.every((pid) => !isRunning(pid)), { timeout: 20_000 });
});

const childrenOf = (parent: number): number[] =>
  execFileSync("ps", ["-A", "-o", "pid=,ppid="])
    .toString()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (ppid === parent && pid ? [pid] : []));

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
