import type { Container } from "@azure/cosmos";
import { beforeAll, expect, test } from "vitest";
import { contract, type Endpoint, embedded, refusal } from "./endpoint.ts";

type Document = { readonly id: string; readonly pk: unknown; readonly n: number };

const ids = (documents: readonly { readonly id: string }[]): readonly string[] =>
  documents.map(({ id }) => id);

const letters = ["a", "b", "c", "d", "e", "f"];

const fill = async (container: Container): Promise<void> => {
  for (const [i, id] of letters.entries()) {
    await container.items.create({
      id,
      pk: i % 3,
      n: 10 - i,
      kind: `k${i % 3}`,
      tags: [id, "all"],
    });
  }
};

contract("queries", (endpoint) => {
  let container: Container;
  let wide: Container;
  beforeAll(async () => {
    container = await endpoint.newContainer();
    wide = await endpoint.newContainer({ throughput: 25_100 });
    await Promise.all([fill(container), fill(wide)]);
  });

  const all = async (query: string, options: object = {}, from = container) =>
    (await from.items.query(query, options).fetchAll()).resources;

  test("a query within a partition key never returns another key's documents", async () => {
    for (const from of [container, wide]) {
      const documents: Document[] = await all("SELECT * FROM c", { partitionKey: 1 }, from);
      expect(documents.map(({ pk }) => pk)).toEqual([1, 1]);
      expect(await all("SELECT VALUE COUNT(1) FROM c", { partitionKey: 1 }, from)).toEqual([2]);
    }
  });

  test("a query over all partitions returns every document once", async () => {
    expect(ids(await all("SELECT * FROM c"))).toEqual(letters);
    expect(ids(await all("SELECT * FROM c", {}, wide)).toSorted()).toEqual(letters);
    expect(ids((await wide.items.readAll<Document>().fetchAll()).resources)).toHaveLength(6);
  });

  test.each([
    ["SELECT VALUE c.id FROM c WHERE c.n > 7 ORDER BY c.n", ["c", "b", "a"]],
    ["SELECT VALUE c.id FROM c ORDER BY c.n DESC OFFSET 1 LIMIT 2", ["b", "c"]],
    ["SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id", ["a", "b"]],
    ["SELECT VALUE COUNT(1) FROM c", [6]],
    ["SELECT VALUE SUM(c.n) FROM c WHERE c.pk = 0", [17]],
    ["SELECT DISTINCT VALUE c.pk FROM c ORDER BY c.pk", [0, 1, 2]],
    ["SELECT VALUE c.id FROM c WHERE STARTSWITH(c.id, 'e')", ["e"]],
    ["SELECT VALUE t FROM c JOIN t IN c.tags WHERE c.id = 'a'", ["a", "all"]],
    ["SELECT VALUE root.id FROM root WHERE root.id IN ('b', 'd') ORDER BY root.id", ["b", "d"]],
  ])("%s", async (query, expected) => {
    expect(await all(query)).toEqual(expected);
    expect(await all(query, {}, wide)).toEqual(expected);
  });

  test("grouping adds up over all partitions", async () => {
    const query = "SELECT c.pk, COUNT(1) AS count FROM c GROUP BY c.pk";
    const groups = await all(query, {}, wide);
    expect(groups.toSorted((a, b) => a.pk - b.pk)).toEqual([
      { pk: 0, count: 2 },
      { pk: 1, count: 2 },
      { pk: 2, count: 2 },
    ]);
  });

  test("parameters stand for values", async () => {
    const query = {
      query: "SELECT VALUE c.id FROM c WHERE c.n >= @n AND ARRAY_CONTAINS(c.tags, @tag)",
      parameters: [
        { name: "@n", value: 9 },
        { name: "@tag", value: "all" },
      ],
    };
    expect((await container.items.query(query).fetchAll()).resources).toEqual(["a", "b"]);
  });

  const pagesOf = async (query: string, maxItemCount: number, from = container) => {
    const iterator = from.items.query<Document>(query, { maxItemCount });
    const pages: (readonly string[])[] = [];
    while (iterator.hasMoreResults()) {
      const { resources, requestCharge } = await iterator.fetchNext();
      expect(requestCharge).toBeGreaterThan(0);
      pages.push(ids(resources ?? []));
    }
    return pages;
  };

  test("a page that is full has a continuation, even if nothing follows", async () => {
    const full = await pagesOf("SELECT * FROM c", 3);
    expect(full.slice(0, 2)).toEqual([letters.slice(0, 3), letters.slice(3)]);
    expect(full.slice(2)).toEqual([[]]);
    expect(await pagesOf("SELECT * FROM c", 4)).toEqual([letters.slice(0, 4), letters.slice(4)]);
  });

  test("pages of an ordered query over several partitions join without gap or double", async () => {
    const pages = await pagesOf("SELECT * FROM c ORDER BY c.n", 2, wide);
    expect(pages.flat()).toEqual(letters.toReversed());
  });

  test("a continuation token resumes in another client", async () => {
    const first = await container.items.query("SELECT * FROM c", { maxItemCount: 2 }).fetchNext();
    const { continuationToken } = first;
    expect(continuationToken).toMatch(/^[\x20-\x7e]+$/);
    const rest = await all("SELECT * FROM c", { continuationToken });
    expect(ids(rest)).toEqual(letters.slice(2));
  });

  test("documents that were written behind the continuation are found, each once", async () => {
    const growing = await endpoint.newContainer();
    await fill(growing);
    const iterator = growing.items.query<Document>("SELECT * FROM c", { maxItemCount: 4 });
    const first = ids((await iterator.fetchNext()).resources);
    await growing.items.create({ id: "g", pk: 0, n: 0 });
    const rest = ids((await iterator.fetchNext()).resources);
    expect([...first, ...rest]).toEqual([...letters, "g"]);
  });

  test("a broken continuation token is refused with 400", async () => {
    const options = { continuationToken: "nonsense" };
    const call = container.items.query("SELECT * FROM c", options).fetchNext();
    await expect(call).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining("Invalid Continuation Token"),
    });
  });

  test.each([
    "SELECT FROM",
    "SELECT * FROM c WHERE",
    "SELECT * FROM c WHERE c.n = @missing AND",
    "DELETE FROM c",
  ])("%s is refused with 400", async (query) => {
    expect(await refusal(container.items.query(query).fetchAll())).toBe("400");
  });

  test.each([
    "SELECT * FROM c",
    "SELECT VALUE c.id FROM c ORDER BY c.n",
    "SELECT VALUE c.id FROM c ORDER BY c.pk DESC, c.n",
    "SELECT c.id FROM c ORDER BY c.n OFFSET 1 LIMIT 3",
    "SELECT TOP 3 VALUE c.n FROM c ORDER BY c.n DESC",
    "SELECT VALUE COUNT(1) FROM c",
    "SELECT VALUE SUM(c.n) FROM c WHERE c.pk > 0",
    "SELECT VALUE AVG(c.n) FROM c",
    "SELECT VALUE MIN(c.n) FROM c",
    "SELECT VALUE MAX(c.id) FROM c",
    "SELECT DISTINCT VALUE c.kind FROM c",
    "SELECT DISTINCT VALUE c.kind FROM c ORDER BY c.kind",
    "SELECT c.pk, COUNT(1) AS count, MAX(c.n) AS most FROM c GROUP BY c.pk",
    "SELECT VALUE t FROM c JOIN t IN c.tags WHERE t != 'all'",
    "SELECT * FROM c WHERE c.pk = 1",
  ])("%s: what the SDK merges by plan is what the server answers", async (query) => {
    const direct = await all(query, {}, wide);
    const merged = await all(query, { forceQueryPlan: true }, wide);
    const texts = (rows: unknown[]) => rows.map((row) => JSON.stringify(row));
    if (query.includes("ORDER BY")) expect(texts(merged)).toEqual(texts(direct));
    else expect(texts(merged).toSorted()).toEqual(texts(direct).toSorted());
    expect(direct.length).toBeGreaterThan(0);
  });

  test("databases, containers and scripts can be queried", async () => {
    const { id } = endpoint.database;
    const byId = {
      query: "SELECT * FROM c WHERE c.id = @id",
      parameters: [{ name: "@id", value: id }],
    };
    expect(ids((await endpoint.client.databases.query(byId).fetchAll()).resources)).toEqual([id]);
    const containers = await endpoint.database.containers
      .query({ query: `SELECT VALUE c.id FROM c WHERE c.id = '${container.id}'` })
      .fetchAll();
    expect(containers.resources).toEqual([container.id]);
  });
});

embedded("queries as other SDKs send them", (endpoint) => {
  const send = (
    target: Endpoint,
    container: Container,
    headers: Readonly<Record<string, string>>,
    query = "SELECT * FROM c",
  ) => {
    const link = `dbs/${target.database.id}/colls/${container.id}`;
    return target.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: { "content-type": "application/query+json", ...headers },
      body: JSON.stringify({ query }),
    });
  };

  test.each([
    ["JavaScript", { "x-ms-documentdb-isquery": "true" }],
    [".NET", { "x-ms-documentdb-isquery": "True" }],
    ["Go", { "x-ms-documentdb-query": "True" }],
    ["by content type alone", {}],
  ])("%s", async (_, headers) => {
    const container = await endpoint.newContainer();
    await fill(container);
    const { status, text, headers: answered } = await send(endpoint, container, headers as never);
    expect([status, ids(JSON.parse(text).Documents)]).toEqual([200, letters]);
    expect(JSON.parse(text)._count).toBe(6);
    expect(answered["x-ms-item-count"]).toBe("6");
  });

  test("a query plan is answered without running the query", async () => {
    const container = await endpoint.newContainer();
    const headers = { "x-ms-cosmos-is-query-plan-request": "True" };
    const query = "SELECT * FROM c WHERE STARTSWITH(c.id, 'lease..')";
    const { status, text } = await send(endpoint, container, headers, query);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      partitionedQueryExecutionInfoVersion: 2,
      queryInfo: { distinctType: "None", orderBy: [], aggregates: [], rewrittenQuery: "" },
      queryRanges: [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
    });
  });

  test("the plan of a query that fixes the partition key names its place only", async () => {
    const container = await endpoint.newContainer();
    const headers = { "x-ms-cosmos-is-query-plan-request": "True" };
    const query = "SELECT * FROM c WHERE c.pk = 'redmond'";
    const { text } = await send(endpoint, container, headers, query);
    const epk = "22E342F38A486A088463DFF7838A5963";
    expect(JSON.parse(text).queryRanges).toEqual([
      { min: epk, max: epk, isMinInclusive: true, isMaxInclusive: true },
    ]);
  });

  test("a range id and effective partition keys limit what a query sees", async () => {
    const container = await endpoint.newContainer({ throughput: 25_100 });
    await fill(container);
    const { resources } = await container.readPartitionKeyRanges().fetchAll();
    const seen: string[] = [];
    for (const { id, minInclusive, maxExclusive } of resources) {
      const byId = await send(endpoint, container, { "x-ms-documentdb-partitionkeyrangeid": id });
      const byKeys = await send(endpoint, container, {
        "x-ms-start-epk": minInclusive,
        "x-ms-end-epk": maxExclusive,
      });
      expect(JSON.parse(byKeys.text)).toEqual(JSON.parse(byId.text));
      seen.push(...ids(JSON.parse(byId.text).Documents));
    }
    expect(seen.toSorted()).toEqual(letters);
    const gone = await send(endpoint, container, { "x-ms-documentdb-partitionkeyrangeid": "99" });
    expect([gone.status, gone.headers["x-ms-substatus"]]).toEqual([410, "1002"]);
  });

  test("the prefix of a hierarchical key sees all keys below it, and no others", async () => {
    const container = await endpoint.newContainer({
      partitionKey: { paths: ["/tenant", "/user"], kind: "MultiHash" as never, version: 2 },
    });
    await container.items.create({ id: "a", tenant: "t", user: 1 });
    await container.items.create({ id: "b", tenant: "t", user: 2 });
    await container.items.create({ id: "c", tenant: "u", user: 1 });
    const answer = await send(endpoint, container, { "x-ms-documentdb-partitionkey": '["t"]' });
    expect(ids(JSON.parse(answer.text).Documents)).toEqual(["a", "b"]);
  });
});
