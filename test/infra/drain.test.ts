import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleDrain } from "../../build.ts";
import { at, BICEP, environments, readSnapshot, theOne } from "./snapshot.ts";

const PROCEDURES = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/storedProcedures";

test("the stored procedure fits into a deployment, and is named for its text", async () => {
  const { name, body } = await bundleDrain();
  // source: Bicep's LanguageConstants.MaxLiteralCharacterLimit
  expect(body.length).toBeLessThan(131_072);
  expect(name).toMatch(/^drain-[0-9a-f]{8}$/);
});

test("what is deployed is what build.ts makes and the tests run", () => {
  const account = readFileSync(join(BICEP, "cosmos-account.bicep"), "utf8");
  expect(account).toContain("loadTextContent('../../dist/drain.js')");
  expect(account).toContain("loadJsonContent('../../dist/drain.json')");
});

test.each(environments)("%s has the drain in items, under its name", (environment) => {
  const procedure = theOne(readSnapshot(environment), PROCEDURES);
  // The snapshots hold a stand-in; infra/check-bicep.ts says why and checks the real text.
  expect(procedure.name.split("/").slice(1)).toEqual(["todos", "items", "drain-00000000"]);
  expect(at(procedure, "properties.resource")).toEqual({
    id: "drain-00000000",
    body: "function () {}",
  });
});
