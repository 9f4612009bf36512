import { describe, expect, test } from "vitest";
import { definition, grantsOf } from "./granted-actions.ts";
import { appSettings, at, environments, ofType, readSnapshot, theOne } from "./snapshot.ts";

const ITEMS = "/dbs/todos/colls/items";
const LEASES = "/dbs/todos/colls/leases";
const CONTAINERS = "sqlDatabases/containers";

const METADATA = { scope: "", dataActions: ["readMetadata"] };
const SUBMIT = {
  scope: ITEMS,
  dataActions: [`${CONTAINERS}/items/create`, `${CONTAINERS}/items/read`],
};
const PROCESS = {
  scope: ITEMS,
  dataActions: [
    `${CONTAINERS}/executeQuery`,
    `${CONTAINERS}/executeStoredProcedure`,
    `${CONTAINERS}/readChangeFeed`,
  ],
};
const OWN_LEASES = {
  scope: LEASES,
  dataActions: [
    `${CONTAINERS}/executeQuery`,
    `${CONTAINERS}/items/create`,
    `${CONTAINERS}/items/delete`,
    `${CONTAINERS}/items/read`,
    `${CONTAINERS}/items/replace`,
    `${CONTAINERS}/readChangeFeed`,
  ],
};
const FOLLOW = {
  scope: ITEMS,
  dataActions: [`${CONTAINERS}/executeQuery`, `${CONTAINERS}/readChangeFeed`],
};
const READ = {
  scope: ITEMS,
  dataActions: [
    `${CONTAINERS}/executeQuery`,
    `${CONTAINERS}/items/read`,
    `${CONTAINERS}/readChangeFeed`,
  ],
};

describe.each(environments)("%s", (environment) => {
  const snapshot = readSnapshot(environment);
  const apps = ofType(snapshot, "Microsoft.Web/sites");

  test("nothing opens to a key or a password", () => {
    expect(theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts").properties).toMatchObject({
      disableLocalAuth: true,
      disableKeyBasedMetadataWriteAccess: true,
      minimalTlsVersion: "Tls12",
      networkAclBypass: "None",
    });
    for (const { properties } of ofType(snapshot, "Microsoft.Storage/storageAccounts")) {
      expect(properties).toMatchObject({
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        minimumTlsVersion: "TLS1_2",
        supportsHttpsTrafficOnly: true,
      });
    }
    expect(theOne(snapshot, "Microsoft.Insights/components").properties.DisableLocalAuth).toBe(
      true,
    );
    const workspace = theOne(snapshot, "Microsoft.OperationalInsights/workspaces");
    expect(at(workspace, "properties.features.disableLocalAuth")).toBe(true);
    const passwords = ofType(snapshot, "Microsoft.Web/sites/basicPublishingCredentialsPolicies");
    expect(passwords.length).toBe(2 * apps.length);
    for (const { properties } of passwords) expect(properties).toEqual({ allow: false });
    for (const { properties } of apps) expect(properties.httpsOnly).toBe(true);
  });

  test("clients have what their programs do, and no more", () => {
    expect(grantsOf(snapshot, "-submitter")).toEqual([METADATA, SUBMIT]);
    expect(grantsOf(snapshot, "-subscriber")).toEqual([METADATA, FOLLOW, OWN_LEASES]);
    expect(grantsOf(snapshot, "-auditor")).toEqual([METADATA, READ]);
  });

  test("the app processes and owns leases; it submits only for an HTTP API", () => {
    const isHttpOn = ofType(snapshot, "Microsoft.Web/sites/config").length > 0;
    for (const { location } of apps) {
      const grants = grantsOf(snapshot, `-processor-${location}`);
      expect(grants).toEqual([METADATA, PROCESS, OWN_LEASES, ...(isHttpOn ? [SUBMIT] : [])]);
    }
  });

  test("a role is granted where it was made for, and to nobody else", () => {
    const account = theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts");
    const assignments = ofType(
      snapshot,
      "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments",
    );
    const identities = ofType(snapshot, "Microsoft.ManagedIdentity/userAssignedIdentities");
    for (const { properties } of assignments) {
      const { scope } = definition(snapshot, properties.roleDefinitionId);
      expect(properties.scope).toBe(`${account.id}${scope}`);
      expect(identities.some(({ id }) => String(properties.principalId).includes(`'${id}'`))).toBe(
        true,
      );
    }
  });

  test("each app may write to its own storage and to the logs, and nothing else in Azure", () => {
    const granted = ofType(snapshot, "Microsoft.Authorization/roleAssignments").map((each) => ({
      scope: each.id.split("/providers/Microsoft.Authorization/")[0]?.split("/").at(-1),
      role: String(each.properties.roleDefinitionId).split("/").at(-1),
      isForApp: /-processor-/.test(String(each.properties.principalId)),
    }));
    const insights = theOne(snapshot, "Microsoft.Insights/components").name;
    const expected = apps.flatMap((app) => [
      { scope: insights, role: METRICS_PUBLISHER, isForApp: true },
      {
        scope: appSettings(app).AzureWebJobsStorage__accountName,
        role: BLOB_DATA_OWNER,
        isForApp: true,
      },
    ]);
    expect(granted.map((each) => JSON.stringify(each)).sort()).toEqual(
      expected.map((each) => JSON.stringify(each)).sort(),
    );
  });

  test("the HTTP API is behind Entra ID, or off and closed", () => {
    for (const app of apps) {
      const settings = appSettings(app);
      const isOff = HTTP_FUNCTIONS.map((name) => settings[`AzureWebJobs.${name}.Disabled`]);
      const doors = ofType(snapshot, "Microsoft.Web/sites/config").filter(
        ({ name }) => name === `${app.name}/authsettingsV2`,
      );
      if (doors.length === 0) {
        expect(isOff).toEqual(["true", "true", "true"]);
        expect(at(app, "properties.siteConfig.ipSecurityRestrictionsDefaultAction")).toBe("Deny");
        continue;
      }
      expect(isOff).toEqual(["false", "false", "false"]);
      expect(doors[0]?.properties).toMatchObject({
        platform: { enabled: true },
        globalValidation: { requireAuthentication: true, unauthenticatedClientAction: "Return401" },
        httpSettings: { requireHttps: true },
        identityProviders: { azureActiveDirectory: { enabled: true } },
      });
      const policy = at(
        doors[0],
        "properties.identityProviders.azureActiveDirectory.validation.defaultAuthorizationPolicy",
      );
      expect(at(policy, "allowedApplications.length")).toBeGreaterThan(0);
    }
  });
});

const METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb";
const BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
const HTTP_FUNCTIONS = ["submitRequest", "readRequest", "listTodos"];
