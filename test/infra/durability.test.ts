import { describe, expect, test } from "vitest";
import { appSettings, at, environments, ofType, readSnapshot, theOne } from "./snapshot.ts";

const ACCOUNT = "Microsoft.DocumentDB/databaseAccounts";
const CONTAINERS = `${ACCOUNT}/sqlDatabases/containers`;

describe.each(environments)("%s", (environment) => {
  const snapshot = readSnapshot(environment);
  const { properties: account } = theOne(snapshot, ACCOUNT);

  test("every region of the account is spread over zones", () => {
    const zones = (account.locations as readonly object[]).map((each) =>
      at(each, "isZoneRedundant"),
    );
    expect(zones.length).toBeGreaterThan(0);
    expect(zones.every((isZoneRedundant) => isZoneRedundant === true)).toBe(true);
  });

  test("one region takes the writes, so that counters have no conflicts", () => {
    expect(account.enableMultipleWriteLocations).toBe(false);
  });

  test("the account can go back to any second of the last week at least", () => {
    expect(account.backupPolicy).toMatchObject({ type: "Continuous" });
  });

  test("the items are partitioned by project, with the large keys of version 2", () => {
    const { resource } = theOne(snapshot, CONTAINERS, "/items").properties;
    expect(resource).toMatchObject({
      id: "items",
      partitionKey: { kind: "Hash", version: 2, paths: ["/projectId"] },
      indexingPolicy: { excludedPaths: [{ path: "/*" }] },
    });
  });

  test("no request expires before it is done", () => {
    expect(at(theOne(snapshot, CONTAINERS, "/items"), "properties.resource")).not.toHaveProperty(
      "defaultTtl",
    );
  });

  test("the change feed processor finds the lease container that it wants", () => {
    const { resource } = theOne(snapshot, CONTAINERS, "/leases").properties;
    expect(resource).toMatchObject({
      id: "leases",
      partitionKey: { kind: "Hash", version: 2, paths: ["/id"] },
      defaultTtl: -1,
    });
  });

  test("the host's storage survives a zone", () => {
    for (const storage of ofType(snapshot, "Microsoft.Storage/storageAccounts")) {
      expect(storage).toMatchObject({ sku: { name: "Standard_ZRS" } });
    }
  });

  test("the app is told the durability that it has", () => {
    const durability = account.enableAutomaticFailover ? "region" : "zone";
    for (const app of ofType(snapshot, "Microsoft.Web/sites")) {
      expect(appSettings(app).DURABILITY).toBe(durability);
    }
  });
});

describe.each(["main", "prod-zone"])("durability zone: %s", (environment) => {
  const { properties: account } = theOne(readSnapshot(environment), ACCOUNT);

  test("the data lives in one region", () => {
    expect(account.locations).toEqual([
      { locationName: "swedencentral", failoverPriority: 0, isZoneRedundant: true },
    ]);
    expect(account.consistencyPolicy).toEqual({ defaultConsistencyLevel: "Session" });
  });
});

describe("durability region: prod-region", () => {
  const snapshot = readSnapshot("prod-region");
  const { properties: account } = theOne(snapshot, ACCOUNT);
  const regions = (account.locations as readonly object[]).map((each) => at(each, "locationName"));

  test("a write is in three regions before it is acknowledged", () => {
    expect(account.consistencyPolicy).toEqual({ defaultConsistencyLevel: "Strong" });
    expect(new Set(regions).size).toBe(3);
    expect(
      (account.locations as readonly object[]).map((each) => at(each, "failoverPriority")),
    ).toEqual([0, 1, 2]);
  });

  test("the write region moves without a person", () => {
    expect(account.enableAutomaticFailover).toBe(true);
  });

  test("the app runs in two regions of the data, each with its own storage and identity", () => {
    const apps = ofType(snapshot, "Microsoft.Web/sites");
    const storages = ofType(snapshot, "Microsoft.Storage/storageAccounts");
    const appRegions = apps.map(({ location }) => location);
    expect(appRegions).toEqual(regions.slice(0, 2));
    expect(storages.map(({ location }) => location)).toEqual(appRegions);
    const own = apps.map((app) => appSettings(app).AzureWebJobsStorage__accountName);
    expect(own).toEqual(storages.map(({ name }) => name));
    const identities = apps.map((app) =>
      Object.keys(at(app, "identity.userAssignedIdentities") as object),
    );
    expect(new Set(identities.flat()).size).toBe(2);
  });

  test("the apps of all regions share the leases", () => {
    const leases = ofType(snapshot, "Microsoft.Web/sites").map((app) => {
      const { COSMOS__accountEndpoint, COSMOS_LEASE_CONTAINER } = appSettings(app);
      return `${COSMOS__accountEndpoint} ${COSMOS_LEASE_CONTAINER}`;
    });
    expect(leases.length).toBe(2);
    expect(new Set(leases).size).toBe(1);
  });

  test("an app asks its own region first, then the others", () => {
    for (const app of ofType(snapshot, "Microsoft.Web/sites")) {
      const preferred = appSettings(app).COSMOS_PREFERRED_REGIONS?.split(",") ?? [];
      expect(preferred[0]).toBe(app.location);
      expect([...preferred].sort()).toEqual([...regions].sort());
    }
  });

  test("while the write region is down, the resource group can still be changed", () => {
    expect(
      theOne(snapshot, "Microsoft.Resources/resourceGroups", "rg-todos-prod-region").location,
    ).not.toBe(regions[0]);
  });
});

describe("capacity", () => {
  const throughput = (environment: string, container: string) =>
    theOne(readSnapshot(environment), CONTAINERS, container).properties.options;

  test("serverless has no throughput to set, and lives in one region", () => {
    const snapshot = readSnapshot("main");
    expect(theOne(snapshot, ACCOUNT).properties.capabilities).toEqual([
      { name: "EnableServerless" },
    ]);
    expect([throughput("main", "/items"), throughput("main", "/leases")]).toEqual([null, null]);
  });

  test("autoscale gives items what was asked for, and leases their own throughput", () => {
    for (const [environment, maxThroughput] of [
      ["prod-zone", 10_000],
      ["prod-region", 20_000],
    ] as const) {
      expect(theOne(readSnapshot(environment), ACCOUNT).properties.capabilities).toEqual([]);
      expect(throughput(environment, "/items")).toEqual({ autoscaleSettings: { maxThroughput } });
      expect(throughput(environment, "/leases")).toEqual({
        autoscaleSettings: { maxThroughput: 1000 },
      });
    }
  });
});
