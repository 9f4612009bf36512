import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { decodeSettings } from "../../client/settings.ts";
import { appSettings, at, environments, ofType, readSnapshot } from "./snapshot.ts";

const main = readFileSync(join(import.meta.dirname, "../../functions/main.ts"), "utf8");
const registered = [...main.matchAll(/^app\.\w+\("(\w+)"/gm)].map(([, name]) => name);

describe.each(environments)("%s", (environment) => {
  const snapshot = readSnapshot(environment);
  const plans = ofType(snapshot, "Microsoft.Web/serverfarms");

  describe.each(ofType(snapshot, "Microsoft.Web/sites"))("$name", (app) => {
    const settings = appSettings(app);

    test("runs on Flex Consumption with a Node that is supported", () => {
      const plan = plans.find(({ id }) => id === app.properties.serverFarmId);
      expect(plan).toMatchObject({ sku: { name: "FC1", tier: "FlexConsumption" } });
      expect(plan?.properties.reserved).toBe(true);
      const runtime = at(app, "properties.functionAppConfig.runtime");
      expect(runtime).toEqual({ name: "node", version: expect.stringMatching(/^2[24]$/) });
    });

    test("is spread over zones if two instances are always ready", () => {
      const plan = plans.find(({ id }) => id === app.properties.serverFarmId);
      const [ready] = at(app, ALWAYS_READY) as readonly object[];
      const count = ready ? at(ready, "instanceCount") : 0;
      expect(plan?.properties.zoneRedundant).toBe(Number(count) >= 2);
      expect(count).toBe(ALWAYS_READY_INSTANCES[environment]);
    });

    test("names functions that the app registers", () => {
      const ready = (at(app, ALWAYS_READY) as readonly object[]).map((each) => at(each, "name"));
      const disabled = Object.keys(settings).flatMap((name) =>
        name.startsWith("AzureWebJobs.") ? [name.split(".")[1]] : [],
      );
      const named = [...ready.map((name) => String(name).replace("function:", "")), ...disabled];
      expect(named.length).toBeGreaterThanOrEqual(3);
      expect(named.filter((name) => !registered.includes(name))).toEqual([]);
    });

    test("gets settings that the app accepts", () => {
      const resolved = {
        ...settings,
        COSMOS__accountEndpoint: "https://a.documents.azure.com:443/",
      };
      expect(settings.COSMOS__accountEndpoint).toContain(".documentEndpoint");
      expect(E.isRight(decodeSettings(resolved))).toBe(true);
      expect(settings).toMatchObject({
        COSMOS__credential: "managedidentity",
        COSMOS_DATABASE: "todos",
        COSMOS_CONTAINER: "items",
        COSMOS_LEASE_CONTAINER: "leases",
        FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING: "true",
      });
    });

    test("is itself everywhere: to Cosmos DB, to its storage, to the logs", () => {
      const [identity = ""] = Object.keys(at(app, "identity.userAssignedIdentities") as object);
      expect(identity).toContain(`-processor-${app.location}`);
      expect(settings.COSMOS__clientId).toContain(`'${identity}'`);
      expect(settings.AzureWebJobsStorage__clientId).toContain(`'${identity}'`);
      expect(settings.AzureWebJobsStorage__credential).toBe("managedidentity");
      expect(settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING).toContain(`'${identity}'`);
      expect(settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING).toContain("Authorization=AAD");
      expect(at(app, "properties.functionAppConfig.deployment.storage")).toMatchObject({
        type: "blobContainer",
        authentication: {
          type: "UserAssignedIdentity",
          userAssignedIdentityResourceId: identity,
        },
      });
    });

    test("sets nothing that Flex Consumption or an identity forbids", () => {
      const forbidden =
        /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_.*|COSMOS|AzureWebJobsStorage)$/;
      expect(Object.keys(settings).filter((name) => forbidden.test(name))).toEqual([]);
    });
  });
});

const ALWAYS_READY = "properties.functionAppConfig.scaleAndConcurrency.alwaysReady";

// As in the parameter files.
const ALWAYS_READY_INSTANCES: Readonly<Record<string, number>> = {
  main: 0,
  "prod-zone": 2,
  "prod-region": 1,
};
