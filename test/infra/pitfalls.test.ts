import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundleDrain } from "../../build.ts";
import { at, BICEP, environments, ofType, readSnapshot, theOne } from "./snapshot.ts";

/** What Azure only says when it is too late; docs/OPERATIONS.md has the whole list. */
describe.each(environments)("%s", (environment) => {
  const snapshot = readSnapshot(environment);

  test("the record of the account stays where it is when the write region moves", () => {
    const account = theOne(snapshot, "Microsoft.DocumentDB/databaseAccounts");
    const group = ofType(snapshot, "Microsoft.Resources/resourceGroups").find(
      ({ name }) => !name.includes("-network-"),
    );
    expect(account.location).toBe(group?.location);
  });

  test("an app asks for as many instances and as much memory as Flex Consumption has", () => {
    for (const app of ofType(snapshot, "Microsoft.Web/sites")) {
      const scale = at(app, "properties.functionAppConfig.scaleAndConcurrency");
      // source: stacks.json of Azure Functions Core Tools
      expect(at(scale, "maximumInstanceCount")).toBeGreaterThanOrEqual(40);
      expect(at(scale, "maximumInstanceCount")).toBeLessThanOrEqual(1000);
      expect([512, 2048, 4096]).toContain(at(scale, "instanceMemoryMB"));
    }
  });

  test("no subnet has an underscore in its name", () => {
    const names = ofType(snapshot, "Microsoft.Network/virtualNetworks").flatMap((network) =>
      (at(network, "properties.subnets") as readonly { name: string }[]).map(({ name }) => name),
    );
    expect(names.filter((name) => name.includes("_"))).toEqual([]);
  });

  test("no slot and no host key is deployed: Flex Consumption has none, and nobody needs one", () => {
    const types = snapshot.resources.map(({ type }) => type);
    expect(types.filter((type) => /\/slots|\/host/.test(type))).toEqual([]);
  });
});

test("the stored procedure needs no module, promise or timer, which scripts do not have", async () => {
  const { body } = await bundleDrain();
  const missing = /\b(?:import|export|require|async|await|Promise|setTimeout|eval)\b/g;
  const code = body.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  expect(code.match(missing)).toBeNull();
});

test("apps come after roles, containers and stored procedure, in which order they need them", () => {
  const main = readFileSync(join(BICEP, "main.bicep"), "utf8");
  expect(dependenciesOf(main, "functionApps")).toEqual(["identities", "storages"]);
  expect(dependenciesOf(main, "storages")).toEqual(["identities"]);
  // With the account come its containers and the drain: one module.
  expect(dependenciesOf(main, "identities")).toContain("account");
});

const dependenciesOf = (bicep: string, module: string): readonly string[] => {
  const text = bicep.split(/^(?=module |resource |output )/m);
  const found = text.find((part) => part.startsWith(`module ${module} `)) ?? "";
  const [, list = ""] = /dependsOn: \[([^\]]*)\]/.exec(found) ?? [];
  return list.split(",").map((name) => name.trim());
};
