import type { ContainerDefinition } from "@azure/cosmos";
import { expect, test } from "vitest";
import { contract, embedded, refusal } from "./endpoint.ts";

contract("databases and containers", (endpoint) => {
  test("a database is created once, found, and gone after its deletion", async () => {
    const id = `${endpoint.database.id}-2`;
    const { resource } = await endpoint.client.databases.create({ id });
    expect(resource).toMatchObject({ id, _self: `dbs/${resource?._rid}/` });
    expect(await refusal(endpoint.client.databases.create({ id }))).toBe("409");
    expect((await endpoint.client.databases.createIfNotExists({ id })).statusCode).toBe(200);
    expect((await endpoint.client.database(id).delete()).statusCode).toBe(204);
    expect(await refusal(endpoint.client.database(id).read())).toBe("404");
  });

  test("a container gets the service's defaults", async () => {
    const { resource } = await (await endpoint.newContainer()).read();
    expect(resource).toMatchObject({
      indexingPolicy: {
        indexingMode: "consistent",
        automatic: true,
        includedPaths: [{ path: "/*" }],
        excludedPaths: [{ path: '/"_etag"/?' }],
      },
      partitionKey: { paths: ["/pk"], kind: "Hash", version: 2 },
      conflictResolutionPolicy: { mode: "LastWriterWins" },
      geospatialConfig: { type: "Geography" },
    });
  });

  test("an indexing policy is kept, with _etag behind the client's own excluded paths", async () => {
    const container = await endpoint.newContainer({
      indexingPolicy: {
        includedPaths: [{ path: "/type/?" }],
        excludedPaths: [{ path: "/*" }],
        compositeIndexes: [
          [
            { path: "/type", order: "ascending" },
            { path: "/status", order: "ascending" },
          ],
        ],
      },
    });
    const { indexingPolicy } = (await container.read()).resource ?? {};
    expect(indexingPolicy?.includedPaths).toMatchObject([{ path: "/type/?" }]);
    expect(indexingPolicy?.excludedPaths).toMatchObject([{ path: "/*" }, { path: '/"_etag"/?' }]);
    expect(indexingPolicy?.compositeIndexes?.[0]).toMatchObject([
      { path: "/type" },
      { path: "/status" },
    ]);
  });

  test("replacing a container keeps its documents", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "a", pk: 1 });
    const { resource } = await container.read();
    await container.replace({ ...(resource as ContainerDefinition), defaultTtl: 100 });
    expect((await container.read()).resource?.defaultTtl).toBe(100);
    expect((await container.item("a", 1).read()).resource?.id).toBe("a");
  });

  test("replacing a container without defaultTtl switches it off", async () => {
    const container = await endpoint.newContainer({ defaultTtl: 100 });
    await container.replace({ id: container.id, partitionKey: { paths: ["/pk"], version: 2 } });
    expect((await container.read()).resource?.defaultTtl).toBeUndefined();
  });

  test("the partition key of a container cannot change", async () => {
    const container = await endpoint.newContainer();
    const changed = { id: container.id, partitionKey: { paths: ["/other"], version: 2 } };
    expect(await refusal(container.replace(changed))).toBe("400");
  });

  test.each([0, -2, 1.5])("a defaultTtl of %d is refused with 400", async (defaultTtl) => {
    expect(await refusal(endpoint.newContainer({ id: "refused", defaultTtl }))).toBe("400");
  });

  test("partitionKey.paths that is no array is refused with 400", async () => {
    const path = `/dbs/${endpoint.database.id}/colls`;
    const body = JSON.stringify({ id: "refused", partitionKey: { paths: "/pk" } });
    const sign = ["colls", `dbs/${endpoint.database.id}`] as const;
    expect((await endpoint.raw({ method: "POST", path, sign, body })).status).toBe(400);
  });

  test("what is inside a missing container is not found with substatus 1003", async () => {
    const missing = endpoint.database.container("missing");
    expect(await refusal(missing.read())).toMatch(/^404/);
    const path = `/dbs/${endpoint.database.id}/colls/missing/docs/a`;
    const { status, headers } = await endpoint.raw({
      method: "GET",
      path,
      sign: ["docs", path.slice(1)],
      headers: { "x-ms-documentdb-partitionkey": "[1]" },
    });
    expect([status, headers["x-ms-substatus"]]).toEqual([404, "1003"]);
  });

  test("a deleted container takes its documents along", async () => {
    const container = await endpoint.newContainer({ id: "again" });
    await container.items.create({ id: "a", pk: 1 });
    await container.delete();
    const recreated = await endpoint.newContainer({ id: "again" });
    expect((await recreated.item("a", 1).read()).statusCode).toBe(404);
  });

  test("a container's throughput is read from its offer", async () => {
    const container = await endpoint.newContainer({ throughput: 1000 });
    const { resource } = await container.readOffer();
    expect(resource?.content?.offerThroughput).toBe(1000);
  });
});

embedded("what containers here cannot do", (endpoint) => {
  test.each([
    ["uniqueKeyPolicy", { uniqueKeys: [{ paths: ["/a"] }] }],
    ["vectorEmbeddingPolicy", { vectorEmbeddings: [] }],
    ["computedProperties", [{ name: "n", query: "SELECT VALUE 1" }]],
    ["changeFeedPolicy", { retentionDuration: 5 }],
  ])("a container with %s answers 501 and its name", async (feature, value) => {
    const { id } = endpoint.database;
    const { status, text } = await endpoint.raw({
      method: "POST",
      path: `/dbs/${id}/colls`,
      sign: ["colls", `dbs/${id}`],
      body: JSON.stringify({ id: "refused", partitionKey: { paths: ["/pk"] }, [feature]: value }),
    });
    expect([status, JSON.parse(text).message]).toEqual([501, expect.stringContaining(feature)]);
  });

  test.each(["triggers", "udfs", "conflicts/x"])("%s answers 501 and its name", async (name) => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const [type = ""] = name.split("/");
    const isFeed = type === name;
    const { status, text } = await endpoint.raw({
      method: isFeed ? "POST" : "GET",
      path: `/${link}/${name}`,
      sign: [type, isFeed ? link : `${link}/${name}`],
      ...(isFeed ? { body: "{}" } : {}),
    });
    expect([status, JSON.parse(text).code]).toEqual([501, "NotImplemented"]);
    expect(JSON.parse(text).message).toContain(type);
  });
});
