import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ofType, readSnapshot } from "../infra/snapshot.ts";

const ROOT = join(import.meta.dirname, "../..");
const { name, infra, services, hooks } = parse(readFileSync(join(ROOT, "azure.yaml"), "utf8"));

describe("azd up", () => {
  test("finds the parameter file that asks it for name and region", () => {
    // source: azd takes <module>.bicepparam before <module>.bicep (azure-dev #2628)
    const file = join(ROOT, infra.path, `${infra.module}.bicepparam`);
    const parameters = readFileSync(file, "utf8");
    expect(parameters).toContain("readEnvironmentVariable('AZURE_ENV_NAME'");
    expect(parameters).toContain("readEnvironmentVariable('AZURE_LOCATION'");
    expect(infra.provider).toBe("bicep");
  });

  test("finds the resource group and one app for each service, by their tags", () => {
    const snapshot = readSnapshot(infra.module);
    const tagsOf = (type: string) =>
      ofType(snapshot, type).map((resource) => (resource as { tags?: object }).tags);
    // AZURE_ENV_NAME is not set where snapshots are made.
    expect(tagsOf("Microsoft.Resources/resourceGroups")).toEqual([{ "azd-env-name": "dev" }]);
    expect(tagsOf("Microsoft.Web/sites")).toEqual(
      Object.keys(services).map((service) => ({ "azd-service-name": service })),
    );
  });

  test("brings the packaged folder as it is, and lets Azure build nothing", () => {
    expect(services.app).toEqual({
      project: ".",
      dist: "dist/app",
      language: "ts",
      host: "function",
      remoteBuild: false,
    });
    expect(existsSync(join(ROOT, "package-lock.json"))).toBe(true);
  });

  test("has package and stored procedure made before they are needed, on every system", () => {
    for (const hook of [hooks.prepackage, hooks.preprovision]) {
      for (const system of [hook.windows, hook.posix]) {
        expect(system.run).toBe("npm ci && npm run package");
      }
    }
  });

  test("has a name that azd takes", () => {
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });
});
