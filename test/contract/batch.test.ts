import { BulkOperationType, type OperationInput } from "@azure/cosmos";
import { expect, test } from "vitest";
import { readAllChanges } from "./changes.ts";
import { contract, embedded } from "./endpoint.ts";

const create = (id: string, more: object = {}): OperationInput => ({
  operationType: BulkOperationType.Create,
  resourceBody: { id, pk: 1, ...more },
});

contract("transactional batches", (endpoint) => {
  test("a batch that succeeds answers 200 with a result for each operation in order", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "old", pk: 1, n: 1 });
    const { code, result } = await container.items.batch(
      [
        create("a"),
        { operationType: "Upsert", resourceBody: { id: "b", pk: 1 } },
        { operationType: "Patch", id: "old", resourceBody: [{ op: "incr", path: "/n", value: 1 }] },
        { operationType: "Read", id: "old" },
        { operationType: "Replace", id: "a", resourceBody: { id: "a", pk: 1, n: 5 } },
        { operationType: "Delete", id: "b" },
      ],
      1,
    );
    expect(code).toBe(200);
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([201, 201, 200, 200, 200, 204]);
    expect(result?.[3]?.resourceBody).toMatchObject({ id: "old", n: 2 });
    expect(result?.[4]).toMatchObject({ eTag: expect.any(String), resourceBody: { n: 5 } });
    expect((await container.item("b", 1).read()).statusCode).toBe(404);
  });

  test("a batch that fails has no effect: its failing operation, 424 for all others", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "dup", pk: 1 });
    const { code, result } = await container.items.batch(
      [create("a"), create("dup"), create("b")],
      1,
    );
    expect(code).toBe(207);
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 409, 424]);
    expect((await container.item("a", 1).read()).statusCode).toBe(404);
    expect((await container.item("b", 1).read()).statusCode).toBe(404);
  });

  test("ifMatch inside a batch is enforced", async () => {
    const container = await endpoint.newContainer();
    const { item, etag } = await container.items.create({ id: "a", pk: 1, n: 0 });
    await item.replace({ id: "a", pk: 1, n: 1 });
    const replace = { operationType: "Replace", id: "a", ifMatch: etag } as const;
    const { result } = await container.items.batch(
      [create("b"), { ...replace, resourceBody: { id: "a", pk: 1, n: 2 } }],
      1,
    );
    expect(result?.map(({ statusCode }) => statusCode)).toEqual([424, 412]);
    expect((await item.read()).resource?.n).toBe(1);
  });

  test("of concurrent batches over the same id exactly one takes effect, wholly", async () => {
    const container = await endpoint.newContainer();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        container.items.batch([create(`own-${i}`), create("shared", { winner: i })], 1),
      ),
    );
    const winners = outcomes.flatMap(({ code }, i) => (code === 200 ? [i] : []));
    expect(winners).toHaveLength(1);
    expect((await container.item("shared", 1).read()).resource?.winner).toBe(winners[0]);
    for (let i = 0; i < 20; i++) {
      const expected = i === winners[0] ? 200 : 404;
      expect((await container.item(`own-${i}`, 1).read()).statusCode).toBe(expected);
    }
  });

  test("an operation with another partition key than the batch is refused with 400", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const operation = { ...create("a", { pk: 2 }), partitionKey: "[2]" };
    const { status, text } = await endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: {
        "x-ms-documentdb-partitionkey": "[1]",
        "x-ms-cosmos-is-batch-request": "true",
        "x-ms-cosmos-batch-atomic": "true",
      },
      body: JSON.stringify([operation]),
    });
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toContain("different partition key value");
  });

  test("contentResponseOnWriteEnabled: false leaves out the documents", async () => {
    const container = await endpoint.newContainer();
    const options = { contentResponseOnWriteEnabled: false };
    const { result } = await container.items.batch([create("a")], 1, options);
    expect(result?.[0]).toMatchObject({ statusCode: 201, eTag: expect.any(String) });
    expect(result?.[0]?.resourceBody).toBeUndefined();
  });

  test("all writes of a batch share one _lsn in the change feed", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "before", pk: 1 });
    await container.items.batch([create("a"), create("b"), create("c")], 1);
    const changes = await readAllChanges(container);
    const lsns = changes.map(({ id, _lsn }) => [id, _lsn - changes[0]!._lsn]);
    expect(new Map(lsns as [string, number][])).toEqual(
      new Map([
        ["before", 0],
        ["a", 1],
        ["b", 1],
        ["c", 1],
      ]),
    );
  });
});

contract("bulk", (endpoint) => {
  test("operations over several keys succeed and fail each for itself", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "dup", pk: 3 });
    const results = await container.items.bulk([
      { operationType: "Create", resourceBody: { id: "a", pk: 1 } },
      { operationType: "Upsert", resourceBody: { id: "b", pk: "two" } },
      { operationType: "Create", resourceBody: { id: "dup", pk: 3 } },
      { operationType: "Create", resourceBody: { id: "c", pk: 3 } },
    ]);
    expect(results.map(({ statusCode }) => statusCode)).toEqual([201, 201, 409, 201]);
    expect((await container.item("c", 3).read()).statusCode).toBe(200);
  });

  test("without continueOnError what follows a failure answers 424", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "dup", pk: 1 });
    const results = await container.items.bulk([create("a"), create("dup"), create("b")], {
      continueOnError: false,
    });
    expect(results.map(({ statusCode }) => statusCode)).toEqual([201, 409, 424]);
    expect((await container.item("b", 1).read()).statusCode).toBe(404);
  });

  const pks = ["redmond", "", "aa", null, true, false, 5, 5.5, 12313.1221, -1, "日本", undefined];

  test.each([
    ["version 1", { paths: ["/pk"], version: 1 }],
    ["version 2", { paths: ["/pk"], version: 2 }],
    ["hierarchical", { paths: ["/pk", "/id"], version: 2, kind: "MultiHash" }],
  ])("keys hashed by the SDK (%s) are in the ranges where the server has them", async (_, key) => {
    const container = await endpoint.newContainer({
      throughput: 25_100,
      partitionKey: key as never,
    });
    const documents = pks.flatMap((pk, i) => [
      { id: `a${i}`, pk },
      { id: `b${i}`, pk: `${String(pk)}${i}` },
    ]);
    const operations = documents.map((resourceBody) => ({
      operationType: BulkOperationType.Create,
      resourceBody,
    }));
    const results = await container.items.bulk(operations as never);
    expect(new Set(results.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
    for (const { id, pk } of documents) {
      const value = key.paths.length === 1 ? pk : [pk === undefined ? {} : pk, id];
      const { resource } = await container.item(id, value as never).read();
      expect(resource?.id).toBe(id);
    }
  });
});

embedded("batch limits", (endpoint) => {
  const send = async (body: string | Buffer) => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    return endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: {
        "x-ms-documentdb-partitionkey": "[1]",
        "x-ms-cosmos-is-batch-request": "True",
        "x-ms-cosmos-batch-atomic": "True",
      },
      body,
    });
  };

  test("100 operations are taken, 101 are refused with 400", async () => {
    const operations = Array.from({ length: 101 }, (_, i) => create(`${i}`));
    expect((await send(JSON.stringify(operations.slice(1)))).status).toBe(200);
    expect((await send(JSON.stringify(operations))).status).toBe(400);
  });

  test("a batch beyond 2 MB is refused with 413", async () => {
    const text = "x".repeat(300_000);
    const operations = Array.from({ length: 10 }, (_, i) => create(`${i}`, { text }));
    expect((await send(JSON.stringify(operations))).status).toBe(413);
  });

  test("the binary batch of .NET is refused with 400 and a JSON message that names it", async () => {
    const { status, text, headers } = await send(Buffer.from([0x81, 0, 0, 0, 0x80]));
    expect([status, headers["content-type"]]).toEqual([400, "application/json"]);
    expect(JSON.parse(text).message).toContain("HybridRow");
  });

  test("a bulk request for a range that is gone answers 410/1002", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const call = endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: {
        "x-ms-documentdb-partitionkeyrangeid": `${(await container.read()).resource?._rid},7`,
        "x-ms-cosmos-is-batch-request": "true",
        "x-ms-cosmos-batch-atomic": "false",
      },
      body: JSON.stringify([create("a")]),
    });
    const { status, headers } = await call;
    expect([status, headers["x-ms-substatus"]]).toEqual([410, "1002"]);
  });
});
