import type { Container, OfferDefinition } from "@azure/cosmos";
import { expect, test } from "vitest";
import { readAllChanges } from "./changes.ts";
import { contract, embedded } from "./endpoint.ts";

contract("throughput", (endpoint) => {
  const rangesOf = async (container: Container): Promise<number> =>
    (await container.getFeedRanges()).length;

  test("400 RU/s are one physical partition, 25,100 several that divide the key space", async () => {
    expect(await rangesOf(await endpoint.newContainer({ throughput: 400 }))).toBe(1);
    const large = await endpoint.newContainer({ throughput: 25_100 });
    const { resources } = await large.readPartitionKeyRanges().fetchAll();
    expect(resources.length).toBeGreaterThan(1);
    expect(resources[0]?.minInclusive).toBe("");
    resources.forEach(({ maxExclusive }, i) => {
      expect(maxExclusive).toBe(resources[i + 1]?.minInclusive ?? "FF");
    });
  });

  test("a container without throughput has an offer of 400 RU/s", async () => {
    const container = await endpoint.newContainer();
    const { resource } = await container.readOffer();
    expect(resource?.content?.offerThroughput).toBe(400);
    expect(resource?._self).toContain(resource?.id);
  });

  test("autoscale is in the offer", async () => {
    const container = await endpoint.newContainer({ maxThroughput: 4000 });
    const { resource } = await container.readOffer();
    expect(resource?.content?.offerAutopilotSettings?.maxThroughput).toBe(4000);
  });

  test("an offer can be replaced", async () => {
    const container = await endpoint.newContainer({ throughput: 400 });
    const { resource, offer } = await container.readOffer();
    const content = { ...resource?.content, offerThroughput: 600 };
    await offer?.replace({ ...resource, content } as OfferDefinition);
    expect((await container.readOffer()).resource?.content?.offerThroughput).toBe(600);
  });
});

embedded("throughput and splits", (endpoint) => {
  test("raising throughput splits partitions; nothing is lost and everything still works", async () => {
    const container = await endpoint.newContainer({ throughput: 400 });
    for (let i = 0; i < 50; i++) await container.items.create({ id: `${i}`, pk: i });
    const { resource, offer } = await container.readOffer();
    const content = { ...resource?.content, offerThroughput: 20_000 };
    await offer?.replace({ ...resource, content } as OfferDefinition);
    const client = endpoint.newClient();
    const fresh = client.database(endpoint.database.id).container(container.id);
    expect(await fresh.getFeedRanges()).toHaveLength(4);
    for (let i = 0; i < 50; i++) {
      expect((await fresh.item(`${i}`, i).read()).statusCode).toBe(200);
    }
    const shown = (await readAllChanges(fresh)).map(({ id }) => id);
    expect(shown.toSorted()).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`).toSorted());
    const { resources } = await fresh.items.readAll().fetchAll();
    expect(resources).toHaveLength(50);
    client.dispose();
  });

  test("a container in a database with throughput shares it and has no offer", async () => {
    const id = `${endpoint.database.id}-shared`;
    const { database } = await endpoint.client.databases.create({ id, throughput: 1000 });
    expect((await database.readOffer()).resource?.content?.offerThroughput).toBe(1000);
    const { container } = await database.containers.create({ id: "c", partitionKey: "/pk" });
    expect((await container.readOffer()).resource).toBeUndefined();
    await database.delete();
  });
});
