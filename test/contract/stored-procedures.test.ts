import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "@azure/cosmos";
import { afterAll, expect, test } from "vitest";
import { readAllChanges } from "./changes.ts";
import { contract, type Endpoint, embedded, refusal } from "./endpoint.ts";

let scripts = 0;

/** Stores a script and executes it. */
const run = async (
  container: Container,
  body: string,
  { pk = 1 as unknown, params = [] as unknown[], logging = false } = {},
) => {
  const { resource } = await container.scripts.storedProcedures.create({
    id: `s${++scripts}`,
    body,
  });
  return container.scripts
    .storedProcedure(resource?.id ?? "")
    .execute(pk as never, params, { enableScriptLogging: logging });
};

const suite = (endpoint: Endpoint): void => {
  test("a script is created, read, replaced, listed and deleted", async () => {
    const container = await endpoint.newContainer();
    const { storedProcedures } = container.scripts;
    const one = "function () { getContext().getResponse().setBody(1); }";
    const two = one.replace("1", "2");
    expect((await storedProcedures.create({ id: "s", body: one })).statusCode).toBe(201);
    expect(await refusal(storedProcedures.create({ id: "s", body: one }))).toBe("409");
    const procedure = container.scripts.storedProcedure("s");
    expect((await procedure.read()).resource).toMatchObject({ id: "s", body: one });
    expect((await procedure.execute(1)).resource).toBe(1);
    await procedure.replace({ id: "s", body: two });
    expect((await procedure.execute(1)).resource).toBe(2);
    const { resources } = await storedProcedures.readAll().fetchAll();
    expect(resources.map(({ id }) => id)).toEqual(["s"]);
    const query = { query: "SELECT * FROM c WHERE c.id = 's'" };
    expect((await storedProcedures.query(query).fetchAll()).resources).toHaveLength(1);
    await procedure.delete();
    expect(await refusal(procedure.execute(1))).toBe("404");
  });

  test("arguments go in and a body comes out, as JSON", async () => {
    const container = await endpoint.newContainer();
    const body = "function (a, b) { getContext().getResponse().setBody({ sum: a + b.c }); }";
    const { resource, requestCharge } = await run(container, body, { params: [1, { c: 2 }] });
    expect(resource).toEqual({ sum: 3 });
    expect(requestCharge).toBeGreaterThan(0);
  });

  test("what is written is committed together, with one _lsn", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "old", pk: 1, n: 1 });
    await run(
      container,
      `function () {
        var c = getContext().getCollection();
        c.createDocument(c.getSelfLink(), { id: "new", pk: 1 });
        c.readDocument(c.getAltLink() + "/docs/old", function (error, old) {
          if (error) throw error;
          old.n = 2;
          c.replaceDocument(old._self, old, { etag: old._etag });
        });
      }`,
    );
    const changes = await readAllChanges(container);
    expect(changes.map(({ id }) => id).toSorted()).toEqual(["new", "old"]);
    expect(changes[0]?._lsn).toBe(changes[1]?._lsn);
    expect((await container.item("old", 1).read()).resource?.n).toBe(2);
  });

  test("a script that throws leaves nothing behind and answers 400 with its message", async () => {
    const container = await endpoint.newContainer();
    const call = run(
      container,
      `function () {
        var c = getContext().getCollection();
        c.createDocument(c.getSelfLink(), { id: "a", pk: 1 }, function () {
          throw new Error("on purpose");
        });
      }`,
    );
    await expect(call).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining("on purpose"),
    });
    expect((await container.item("a", 1).read()).statusCode).toBe(404);
  });

  test("new Error(number, message) gives its number as substatus", async () => {
    const container = await endpoint.newContainer();
    const body = 'function () { throw new Error(4711, "own number"); }';
    expect(await refusal(run(container, body))).toBe("400/4711");
  });

  test("a script that does not compile is stored, and refused when it runs: 400/65535", async () => {
    const container = await endpoint.newContainer();
    expect(await refusal(run(container, "function ( {"))).toBe("400/65535");
  });

  test("a conflict inside a script reaches its callback as 409", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "a", pk: 1 });
    const { resource } = await run(
      container,
      `function () {
        var c = getContext().getCollection();
        c.createDocument(c.getSelfLink(), { id: "a", pk: 1 }, function (error) {
          getContext().getResponse().setBody(error.number);
        });
      }`,
    );
    expect(resource).toBe(409);
  });

  test("a script sees its own partition key only, and writes no other", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "a", pk: 1 });
    await container.items.create({ id: "b", pk: 2 });
    const query = `function () {
      var c = getContext().getCollection();
      c.queryDocuments(c.getSelfLink(), "SELECT * FROM c", function (error, documents) {
        getContext().getResponse().setBody(documents.map(function (d) { return d.id; }));
      });
    }`;
    expect((await run(container, query)).resource).toEqual(["a"]);
    expect((await run(container, query, { pk: 2 })).resource).toEqual(["b"]);
    const foreign = `function () {
      var c = getContext().getCollection();
      c.createDocument(c.getSelfLink(), { id: "x", pk: 2 });
    }`;
    expect(await refusal(run(container, foreign))).toMatch(/^400/);
    expect((await container.item("x", 2).read()).statusCode).toBe(404);
  });

  test("console.log comes back in the log header only when asked for", async () => {
    const container = await endpoint.newContainer();
    const body = 'function () { console.log("grüße %s", "x"); }';
    const loud = await run(container, body, { logging: true });
    const header = "x-ms-documentdb-script-log-results";
    expect(decodeURIComponent(String(loud.headers[header]))).toBe("grüße x");
    const silent = await run(container, body);
    expect(silent.headers[header]).toBeUndefined();
  });

  test("half a surrogate pair in the log does not break the answer", async () => {
    const container = await endpoint.newContainer();
    const body = 'function () { console.log("\\ud83d"); }';
    expect((await run(container, body, { logging: true })).statusCode).toBe(200);
  });

  test("a body that was not set is an empty text", async () => {
    const container = await endpoint.newContainer();
    expect((await run(container, "function () {}")).resource).toBe("");
  });

  test("concurrent executions over one counter lose nothing: those in conflict answer 449", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "counter", pk: 1, n: 0 });
    await container.scripts.storedProcedures.create({
      id: "count",
      body: `function () {
        var c = getContext().getCollection();
        c.readDocument(c.getAltLink() + "/docs/counter", function (error, counter) {
          if (error) throw error;
          counter.n++;
          c.replaceDocument(counter._self, counter, { etag: counter._etag }, function (error) {
            if (error) throw error;
          });
        });
      }`,
    });
    const procedure = container.scripts.storedProcedure("count");
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => refusal(procedure.execute(1))),
    );
    const done = outcomes.filter((outcome) => outcome === "not refused").length;
    expect(done).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => !/^(not refused|449|400\/.*|412)$/.test(outcome))).toEqual(
      [],
    );
    expect((await container.item("counter", 1).read()).resource?.n).toBe(done);
  });

  test("an execution without partition key is refused with 400", async () => {
    const container = await endpoint.newContainer();
    await container.scripts.storedProcedures.create({ id: "s", body: "function () {}" });
    const link = `dbs/${endpoint.database.id}/colls/${container.id}/sprocs/s`;
    const request = { method: "POST", path: `/${link}`, sign: ["sprocs", link] } as const;
    const { status, text } = await endpoint.raw({ ...request, body: "[]" });
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toContain("PartitionKey value must be supplied");
  });
};

contract("stored procedures", suite);

const folder = mkdtempSync(join(tmpdir(), "scripts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
embedded(
  "stored procedures in processes of their own",
  (endpoint, server) => {
    suite(endpoint);

    /** A script that reads when what it reads has gone under it. */
    const startReader = async (container: Container): Promise<{ answer: Promise<string> }> => {
      const { resource } = await container.scripts.storedProcedures.create({
        id: "reader",
        body: `function (untilMs) {
          while (Date.now() < untilMs);
          var c = getContext().getCollection();
          c.queryDocuments(c.getSelfLink(), "SELECT * FROM c", {}, function (error) {
            if (error) throw error;
          });
        }`,
      });
      const procedure = container.scripts.storedProcedure(resource?.id ?? "");
      await procedure.execute(1, [0]);
      const answer = refusal(procedure.execute(1, [Date.now() + 500]));
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { answer };
    };

    test("a script whose partition merges under it answers 449", async () => {
      const container = await endpoint.newContainer({ throughput: 12_000 });
      const { answer } = await startReader(container);
      const { catalogue } = server().store;
      const database = catalogue.findDatabase(endpoint.database.id)!;
      const stored = catalogue.findContainer(database, container.id)!;
      server().store.merge(stored, [stored.partitions[0]!, stored.partitions[1]!]);
      expect(await answer).toBe("449");
    });

    test("a script whose container is deleted under it answers 404", async () => {
      const container = await endpoint.newContainer();
      const { answer } = await startReader(container);
      await container.delete();
      expect(await answer).toBe("404/1003");
    });
  },
  { directory: folder },
);
