import { describe, expect, test } from "vitest";
import { environments, ofType, readSnapshot, type Snapshot } from "./snapshot.ts";

const EVERYWHERE = {
  "Microsoft.Authorization/roleAssignments@2022-04-01": 2,
  "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/storedProcedures@2025-10-15": 1,
  "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15": 2,
  "Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15": 1,
  "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15": 10,
  "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-10-15": 6,
  "Microsoft.DocumentDB/databaseAccounts@2025-10-15": 1,
  "Microsoft.Insights/actionGroups@2023-01-01": 1,
  "Microsoft.Insights/components@2020-02-02": 1,
  "Microsoft.Insights/diagnosticSettings@2021-05-01-preview": 1,
  "Microsoft.Insights/metricAlerts@2026-01-01": 2,
  "Microsoft.Insights/scheduledQueryRules@2026-03-01": 5,
  "Microsoft.Insights/workbooks@2023-06-01": 1,
  "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30": 4,
  "Microsoft.OperationalInsights/workspaces@2025-07-01": 1,
  "Microsoft.Resources/resourceGroups@2025-04-01": 1,
  "Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01": 1,
  "Microsoft.Storage/storageAccounts/blobServices@2026-04-01": 1,
  "Microsoft.Storage/storageAccounts@2026-04-01": 1,
  "Microsoft.Web/serverfarms@2025-03-01": 1,
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01": 2,
  "Microsoft.Web/sites@2025-03-01": 1,
};

const INVENTORY: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  main: EVERYWHERE,
  "prod-zone": {
    ...EVERYWHERE,
    // The HTTP API: it is asked who comes, and its identity submits.
    "Microsoft.Web/sites/config@2025-03-01": 1,
    "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15": 11,
  },
  "prod-region": {
    ...EVERYWHERE,
    "Microsoft.Insights/metricAlerts@2026-01-01": 4,
    // A second app region.
    "Microsoft.Authorization/roleAssignments@2022-04-01": 4,
    "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15": 13,
    "Microsoft.Insights/scheduledQueryRules@2026-03-01": 6,
    "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30": 5,
    "Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01": 2,
    "Microsoft.Storage/storageAccounts/blobServices@2026-04-01": 2,
    "Microsoft.Storage/storageAccounts@2026-04-01": 2,
    "Microsoft.Web/serverfarms@2025-03-01": 2,
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01": 4,
    "Microsoft.Web/sites@2025-03-01": 2,
    // Private networks.
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01": 4,
    "Microsoft.Network/privateDnsZones@2024-06-01": 4,
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01": 4,
    "Microsoft.Network/privateEndpoints@2025-09-01": 4,
    "Microsoft.Network/virtualNetworks@2025-09-01": 2,
    "Microsoft.Resources/resourceGroups@2025-04-01": 3,
  },
};

test("every environment has its inventory, of known types and versions", () => {
  const found = Object.fromEntries(environments.map((name) => [name, count(readSnapshot(name))]));
  expect(found).toEqual(INVENTORY);
});

describe.each(environments)("%s", (environment) => {
  const snapshot = readSnapshot(environment);

  test("the compiler evaluated all of it", () => {
    expect(snapshot.diagnostics).toEqual([]);
  });

  test("no name is longer than Azure takes", () => {
    const tooLong = Object.entries(MAX_NAME_CHARACTERS).flatMap(([type, max]) =>
      ofType(snapshot, type).filter(({ name }) => name.length > max),
    );
    expect(tooLong).toEqual([]);
  });

  test("no secret is in it, and nothing asks Azure for one", () => {
    const secret =
      /list(?:Account)?(?:Keys|Secrets|ConnectionStrings|Sas)|AccountKey=|SharedAccessKey|sig=|password|clientSecret/i;
    expect(secret.exec(snapshot.text)?.[0]).toBeUndefined();
  });

  test("outputs say where things are, and no more", () => {
    expect(Object.keys(snapshot.outputs).sort()).toEqual([
      "clientIds",
      "cosmosEndpoint",
      "functionApps",
      "resourceGroupName",
    ]);
  });
});

// source: learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const MAX_NAME_CHARACTERS = {
  "Microsoft.DocumentDB/databaseAccounts": 44,
  "Microsoft.Storage/storageAccounts": 24,
  "Microsoft.Web/sites": 60,
  "Microsoft.Web/serverfarms": 60,
  "Microsoft.Resources/resourceGroups": 90,
  "Microsoft.Insights/metricAlerts": 260,
};

const count = ({ resources }: Snapshot): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { type, apiVersion } of resources) {
    const key = `${type}@${apiVersion}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};
