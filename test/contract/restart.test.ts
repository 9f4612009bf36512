import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChangeFeedStartFrom, CosmosClient } from "@azure/cosmos";
import { afterEach, describe, expect, test } from "vitest";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { readAllChanges, readPages } from "./changes.ts";

const folder = mkdtempSync(join(tmpdir(), "restart-"));
let server: CosmosServer | undefined;

const start = async () => {
  server = await startCosmosServer({ port: 0, directory: folder });
  const client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
  const { database } = await client.databases.createIfNotExists({ id: "d" });
  const definition = { id: "c", partitionKey: { paths: ["/pk"], version: 2 }, throughput: 12_000 };
  const { container } = await database.containers.createIfNotExists(definition);
  return { client, container };
};

afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a server that starts again on its data folder", () => {
  test("has all items, scripts and settings, and its change feed goes on", async () => {
    const first = await start();
    const { resource: created } = await first.container.items.create({ id: "a", pk: 1 });
    await first.container.items.create({ id: "b", pk: 2 });
    await first.container.item("b", 2).delete();
    const body = "function () { getContext().getResponse().setBody(7); }";
    await first.container.scripts.storedProcedures.create({ id: "s", body });
    const { continuation } = await readPages(first.container);
    const definition = await first.container.read();
    first.client.dispose();
    await server?.close();

    const { client, container } = await start();
    expect((await container.read()).resource).toEqual(definition.resource);
    expect((await container.item("a", 1).read()).resource).toEqual(created);
    expect((await container.item("b", 2).read()).statusCode).toBe(404);
    expect((await container.scripts.storedProcedure("s").execute(1)).resource).toBe(7);
    expect(await container.getFeedRanges()).toHaveLength(2);
    await container.items.create({ id: "c", pk: 2 });
    await container.items.create({ id: "d", pk: 1 });
    const changeFeedStartFrom = ChangeFeedStartFrom.Continuation(continuation);
    const changes = await readAllChanges(container, { changeFeedStartFrom });
    expect(changes.map(({ id }) => id).toSorted()).toEqual(["c", "d"]);
    client.dispose();
  });

  test("refuses a second server on the same data folder, saying so", async () => {
    const { client } = await start();
    const second = startCosmosServer({ port: 0, directory: folder });
    await expect(second).rejects.toThrow("is in use by another server");
    client.dispose();
  });
});
