import type { ContainerRequest } from "@azure/cosmos";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { bundleDrain, type Script } from "../../build.ts";
import { connect } from "../../client/connect.ts";
import { decodeAppSettings, readAppSettings } from "../../functions/start-up/app-settings.ts";
import { checkDeployment } from "../../functions/start-up/check-deployment.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { appSettings, environments, ofType, readSnapshot } from "../infra/snapshot.ts";

let script: Script;
beforeAll(async () => {
  script = await bundleDrain();
});

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Wrong = {
  readonly items?: Partial<ContainerRequest> | "missing";
  readonly leases?: Partial<ContainerRequest> | "missing";
  /** The text under the name of this build's drain. */
  readonly drain?: string | "missing";
  readonly described?: { defaultConsistency?: string; hasSeveralWriteRegions?: boolean };
  readonly environment?: Readonly<Record<string, string>>;
};

/** Deploys as infra/bicep does, but for what is wrong, and lists what the app finds. */
const faultsWith = async (wrong: Wrong): Promise<readonly string[]> => {
  const { described, items = {}, leases = {}, drain = script.body } = wrong;
  const server = await startCosmosServer({ port: 0, ...(described && { described }) });
  const settings = readAppSettings({ COSMOS: server.connectionString, ...wrong.environment });
  const client = connect(settings.cosmos);
  cleanUps.push(server.close, () => client.dispose());
  const { database } = await client.databases.create({ id: "todos" });
  if (leases !== "missing") {
    await database.containers.create({
      id: "leases",
      partitionKey: { paths: ["/id"] },
      defaultTtl: -1,
      ...leases,
    });
  }
  if (items !== "missing") {
    const { container } = await database.containers.create({
      id: "items",
      partitionKey: { paths: ["/projectId"] },
      ...items,
    });
    if (drain !== "missing") {
      await container.scripts.storedProcedures.create({ id: script.name, body: drain });
    }
  }
  return checkDeployment({ client, settings, drainName: script.name });
};

describe("the start-up check", () => {
  test("finds nothing wrong with what is deployed, whatever the deployment promises", async () => {
    expect(await faultsWith({})).toEqual([]);
    const zone = { DURABILITY: "zone", COSMOS_PREFERRED_REGIONS: "Sweden Central,LOCAL" };
    expect(await faultsWith({ environment: zone })).toEqual([]);
    const region = { DURABILITY: "region" };
    const described = { defaultConsistency: "Strong" };
    expect(await faultsWith({ environment: region, described })).toEqual([]);
  });

  test.each<[string, Wrong, RegExp]>([
    ["no items", { items: "missing" }, /^the container "items" .* is not there.*COSMOS_CONTAINER$/],
    [
      "no leases",
      { leases: "missing" },
      /^the container "leases" .* is not there.*COSMOS_LEASE_CONTAINER$/,
    ],
    [
      "items under another partition key",
      { items: { partitionKey: { paths: ["/id"] } } },
      /^the container "items" has the partition key \/id/,
    ],
    [
      "leases under another partition key",
      { leases: { partitionKey: { paths: ["/owner"] } } },
      /^the container "leases" has the partition key \/owner/,
    ],
    [
      "leases that cannot end",
      { leases: { defaultTtl: undefined as never } },
      /^the container "leases" has no time to live; set its defaultTtl to -1$/,
    ],
    [
      "leases that all end",
      { leases: { defaultTtl: 60 } },
      /^the container "leases" has the time to live 60 s; set its defaultTtl to -1$/,
    ],
    [
      "counters that expire",
      { items: { defaultTtl: 3600 } },
      /^the container "items" lets items expire after 3600 s/,
    ],
    [
      "no drain of this build",
      { drain: "missing" },
      /^the stored procedure drain-[0-9a-f]{8} of this build is not in "items"; deploy/,
    ],
    [
      "something else under the drain's name",
      { drain: "function () { getContext().getResponse().setBody({ kind: 'other' }); }" },
      /^the stored procedure drain-[0-9a-f]{8} answers something else/,
    ],
    [
      "several write regions",
      { described: { hasSeveralWriteRegions: true } },
      /^the account has several write regions/,
    ],
    [
      "session consistency for a region",
      { environment: { DURABILITY: "region" } },
      /^the account's default consistency is Session, and DURABILITY=region needs Strong/,
    ],
    [
      "eventual consistency for a zone",
      { environment: { DURABILITY: "zone" }, described: { defaultConsistency: "Eventual" } },
      /^the account's default consistency is Eventual, and DURABILITY=zone needs Session/,
    ],
    [
      "preferred regions of another account",
      { environment: { COSMOS_PREFERRED_REGIONS: "Mars" } },
      /^COSMOS_PREFERRED_REGIONS names no region of the account; set it to some of Local$/,
    ],
  ])("refuses %s", async (_name, wrong, says) => {
    const faults = await faultsWith(wrong);
    // Without the container there is no procedure in it either.
    expect(faults.filter((fault) => !/^the stored procedure/.test(fault)).length).toBeLessThan(2);
    expect(faults[0]).toMatch(says);
  });

  test("refuses a key that the account does not know, and writes nothing anywhere", async () => {
    const server = await startCosmosServer({ port: 0 });
    const COSMOS = server.connectionString.replace(/AccountKey=[^;]*/, "AccountKey=c2VjcmV0");
    const settings = readAppSettings({ COSMOS });
    const client = connect(settings.cosmos);
    cleanUps.push(server.close, () => client.dispose());
    const faults = await checkDeployment({ client, settings, drainName: script.name });
    expect(faults[0]).toMatch(/^the account refuses: 401/);
  });

  test("throws what passes by itself: a Cosmos DB that nobody hears", async () => {
    const server = await startCosmosServer({ port: 0 });
    const settings = readAppSettings({ COSMOS: server.connectionString });
    const client = connect(settings.cosmos);
    cleanUps.push(() => client.dispose());
    await server.close();
    const check = checkDeployment({ client, settings, drainName: script.name });
    await expect(check).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("the app's settings", () => {
  test("promise nothing unless the deployment says so", () => {
    expect(readAppSettings({}).durability).toBe("local");
    expect(readAppSettings({ DURABILITY: "zone" }).durability).toBe("zone");
  });

  test("name each setting that is wrong in one error", () => {
    const wrong = { DURABILITY: "planet", COSMOS_DATABASE: "a/b" };
    expect(() => readAppSettings(wrong)).toThrow(
      /COSMOS_DATABASE is not .*; DURABILITY is none of/,
    );
  });

  test.each(environments)("are what infra/bicep sets in %s", (environment) => {
    for (const app of ofType(readSnapshot(environment), "Microsoft.Web/sites")) {
      // What is known only in Azure.
      const known = {
        COSMOS__accountEndpoint: "https://a.documents.azure.com:443/",
        APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=0",
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: "ClientId=it;Authorization=AAD",
      };
      const decoded = decodeAppSettings({ ...appSettings(app), ...known });
      expect(decoded).toMatchObject({
        right: {
          durability: environment === "prod-region" ? "region" : "zone",
          cosmos: { preferredRegions: expect.arrayContaining([app.location]) },
          telemetry: { clientId: "it" },
        },
      });
    }
  });
});
