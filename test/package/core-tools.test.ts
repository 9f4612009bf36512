import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, test } from "vitest";
import { decodeSettings, EMBEDDED_SERVER } from "../../client/settings.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const page = read("docs/core-tools.md");

describe("docs/core-tools.md", () => {
  test("calls npm scripts that there are", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("copies settings that the app accepts, for the embedded server", () => {
    expect(page).toContain("cp local.settings.sample.json dist/app/local.settings.json");
    const { Values, IsEncrypted } = JSON.parse(read("local.settings.sample.json"));
    expect(IsEncrypted).toBe(false);
    // The host takes no Cosmos DB trigger and no timer without a storage account.
    expect(Values).toMatchObject({
      FUNCTIONS_WORKER_RUNTIME: "node",
      AzureWebJobsStorage: "UseDevelopmentStorage=true",
    });
    const settings = decodeSettings(Values);
    expect(E.isRight(settings) && settings.right.account.endpoint.replace(/\/$/, "")).toBe(
      EMBEDDED_SERVER.endpoint,
    );
  });
});
