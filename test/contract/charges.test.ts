import { CosmosClient } from "@azure/cosmos";
import { describe, expect, test } from "vitest";
import {
  changesCharge,
  createCharge,
  queryCharge,
  readCharge,
  replaceCharge,
  SCRIPT_CHARGE,
  SCRIPT_CREATE_EXTRA,
} from "../../local/cosmos/charges.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { embedded } from "./endpoint.ts";
import { rawRequest } from "./raw-request.ts";

const KIB = 1024;

describe("the charge model agrees with published and measured charges", () => {
  test.each([
    ["point read of 1 KB", readCharge(KIB), 1],
    ["point read of 100 KB", readCharge(100 * KIB), 10],
    ["create of a small item", createCharge(300, 4), 5.71],
    ["create of 0.5 KB with default indexing", createCharge(500, 7), 6.29],
    ["create of 100 KB", createCharge(100 * KIB, 4), 50],
    ["replace of 0.5 KB with default indexing", replaceCharge(500, 7), 10.29],
    ["create inside a script", SCRIPT_CHARGE + createCharge(500, 7) + SCRIPT_CREATE_EXTRA, 11.68],
    ["replace inside a script", SCRIPT_CHARGE + replaceCharge(500, 7), 14.89],
    ["read inside a script", SCRIPT_CHARGE + readCharge(500), 5.63],
    ["query without result", queryCharge({ returned: 0, returnedBytes: 0, scanned: 0 }), 2.8],
    ["change feed page without changes", changesCharge(0, 0), 1],
  ])("%s", (_, estimate, measured) => {
    expect(Math.abs(estimate - measured) / measured).toBeLessThan(0.03);
  });
});

embedded("charges follow the indexing policy", (endpoint) => {
  const document = { id: "a", pk: 1, type: "request", title: "x", more: { deep: [1, 2] } };
  const included = ["/type/?", "/_ts/?"].map((path) => ({ path }));

  test.each([
    ["everything: 6 scalars and _ts", {}, 4.95 + 0.19 * 7],
    [
      "type and _ts only",
      { includedPaths: included, excludedPaths: [{ path: "/*" }] },
      4.95 + 0.19 * 2,
    ],
    [
      "type, _ts and a composite index of both",
      {
        includedPaths: included,
        excludedPaths: [{ path: "/*" }],
        compositeIndexes: [
          [
            { path: "/type", order: "ascending" as const },
            { path: "/_ts", order: "ascending" as const },
          ],
        ],
      },
      4.95 + 0.19 * 3,
    ],
    ["the deeper path wins", { excludedPaths: [{ path: "/more/*" }] }, 4.95 + 0.19 * 5],
    ["an element of an array", { excludedPaths: [{ path: "/more/deep/[]/?" }] }, 4.95 + 0.19 * 5],
    ["nothing", { indexingMode: "none" as const, automatic: false }, 4.95],
  ])("%s", async (_, indexingPolicy, expected) => {
    const container = await endpoint.newContainer({ indexingPolicy });
    const { requestCharge } = await container.items.create(document);
    expect(requestCharge).toBeCloseTo(expected, 2);
  });
});

test("the server sums its charges by route, for programs on the same machine", async () => {
  const server = await startCosmosServer({ port: 0 });
  const client = new CosmosClient({ endpoint: server.endpoint, key: server.key });
  const { database } = await client.databases.create({ id: "d" });
  const { container } = await database.containers.create({ id: "c", partitionKey: "/pk" });
  const charges = [
    (await container.items.create({ id: "a", pk: 1 })).requestCharge,
    (await container.items.create({ id: "b", pk: 1 })).requestCharge,
  ];
  await container.item("missing", 1).read();
  const { text } = await rawRequest(server, { method: "GET", path: "/_local/charges" });
  const { operations, totalRu, startedAt } = JSON.parse(text);
  const created = operations["POST /dbs/{}/colls/{}/docs"];
  expect(created.count).toBe(2);
  expect(created.chargeRu).toBeCloseTo(charges[0]! + charges[1]!, 1);
  expect(operations["GET /dbs/{}/colls/{}/docs/{}"]).toEqual({ count: 1, chargeRu: 1 });
  expect(totalRu).toBeGreaterThan(created.chargeRu);
  expect(startedAt).toBeLessThanOrEqual(Date.now());
  client.dispose();
  await server.close();
});
