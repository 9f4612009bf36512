import { describe, expect, test } from "vitest";
import { at, ofType, readSnapshot, theOne } from "./snapshot.ts";

describe.each(["main", "prod-zone"])("network public: %s", (environment) => {
  const snapshot = readSnapshot(environment);

  test("there are no networks, and endpoints ask for an identity", () => {
    expect(snapshot.resources.filter(({ type }) => type.startsWith("Microsoft.Network/"))).toEqual(
      [],
    );
    const account = theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts").properties;
    expect(account).toMatchObject({ publicNetworkAccess: "Enabled", disableLocalAuth: true });
  });
});

describe("network private: prod-region", () => {
  const snapshot = readSnapshot("prod-region");
  const apps = ofType(snapshot, "Microsoft.Web/sites");

  test("neither the data nor the storage answers the internet", () => {
    const account = theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts").properties;
    expect(account.publicNetworkAccess).toBe("Disabled");
    for (const { properties } of ofType(snapshot, "Microsoft.Storage/storageAccounts")) {
      expect(properties).toMatchObject({
        publicNetworkAccess: "Disabled",
        networkAcls: { defaultAction: "Deny", bypass: "None" },
      });
    }
  });

  describe.each(apps)("$name", ({ location, properties }) => {
    const here = snapshot.resources.filter(({ id }) => id.includes(`-network-${location}`));
    const named = (type: string) => here.filter((each) => each.type === type);

    test("sends into the subnet that is made for it", () => {
      expect(properties.virtualNetworkSubnetId).toContain(`-network-${location}'`);
      expect(properties.virtualNetworkSubnetId).toContain(".appSubnetId.");
      const [network] = named("Microsoft.Network/virtualNetworks");
      expect(at(network, "properties.subnets.0")).toMatchObject({
        name: "app",
        properties: {
          delegations: [{ properties: { serviceName: "Microsoft.App/environments" } }],
        },
      });
    });

    test("finds account and storage in its own network, by its own names", () => {
      const parts = named("Microsoft.Network/privateEndpoints").map((each) =>
        at(each, "properties.privateLinkServiceConnections.0.properties.groupIds.0"),
      );
      expect(parts).toEqual(["Sql", "blob"]);
      const zones = named("Microsoft.Network/privateDnsZones").map(({ name }) => name);
      expect(zones[0]).toBe("privatelink.documents.azure.com");
      expect(zones[1]).toContain("privatelink.blob.");
      expect(named("Microsoft.Network/privateDnsZones/virtualNetworkLinks").length).toBe(2);
      expect(named("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").length).toBe(2);
    });
  });
});
