import type { Container } from "@azure/cosmos";
import { expect, test } from "vitest";
import { readAllChanges } from "./changes.ts";
import { contract, type Endpoint, embedded, refusal } from "./endpoint.ts";

contract("time to live", (endpoint) => {
  test.each([0, null, -10, 1.5, "5"])("an item's ttl of %j is refused with 400", async (ttl) => {
    const container = await endpoint.newContainer({ defaultTtl: 5 });
    expect(await refusal(container.items.create({ id: "a", pk: 1, ttl: ttl as number }))).toBe(
      "400",
    );
  });
});

let clockMs = Date.now();
const passSeconds = (seconds: number): void => {
  clockMs += seconds * 1000;
};

const suite = (endpoint: Endpoint): void => {
  const exists = async (container: Container, id: string): Promise<boolean> =>
    (await container.item(id, 1).read()).statusCode === 200;

  test.each([
    ["no default", undefined, { none: true, never: true, three: true }],
    ["a default of -1", -1, { none: true, never: true, three: false }],
    ["a default of 5", 5, { none: true, never: true, three: false }],
    ["a default of 2", 2, { none: false, never: true, three: false }],
  ])("with %s, after 4 seconds the expired items are gone", async (_, defaultTtl, expected) => {
    const container = await endpoint.newContainer(defaultTtl === undefined ? {} : { defaultTtl });
    await container.items.create({ id: "none", pk: 1 });
    await container.items.create({ id: "never", pk: 1, ttl: -1 });
    await container.items.create({ id: "three", pk: 1, ttl: 3 });
    passSeconds(4);
    const remaining = {
      none: await exists(container, "none"),
      never: await exists(container, "never"),
      three: await exists(container, "three"),
    };
    expect(remaining).toEqual(expected);
    const shown = (await readAllChanges(container)).map(({ id }) => id);
    const listed = (await container.items.readAll().fetchAll()).resources.map(({ id }) => id);
    const kept = Object.keys(expected).filter((id) => expected[id as "none"]);
    expect([shown, listed]).toEqual([kept, kept]);
  });

  test("every write begins the time anew", async () => {
    const container = await endpoint.newContainer({ defaultTtl: 3 });
    await container.items.create({ id: "a", pk: 1 });
    passSeconds(2);
    await container.items.upsert({ id: "a", pk: 1 });
    passSeconds(2);
    expect(await exists(container, "a")).toBe(true);
    passSeconds(2);
    expect(await exists(container, "a")).toBe(false);
  });

  test("an expired id can be created again, and cannot be replaced", async () => {
    const container = await endpoint.newContainer({ defaultTtl: 3 });
    await container.items.create({ id: "a", pk: 1 });
    passSeconds(4);
    expect(await refusal(container.item("a", 1).replace({ id: "a", pk: 1 }))).toBe("404");
    expect((await container.items.create({ id: "a", pk: 1 })).statusCode).toBe(201);
  });

  test("a container replaced without defaultTtl keeps what had not expired", async () => {
    const container = await endpoint.newContainer({ defaultTtl: 3 });
    await container.items.create({ id: "a", pk: 1 });
    await container.replace({ id: container.id, partitionKey: { paths: ["/pk"], version: 2 } });
    passSeconds(10);
    expect(await exists(container, "a")).toBe(true);
  });
};

embedded("time to live with a clock that the test turns", suite, { now: () => clockMs });
