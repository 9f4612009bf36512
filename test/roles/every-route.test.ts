import { afterEach, describe, expect, test } from "vitest";
import type { RoleAssignment } from "../../local/cosmos/access/principal.ts";
import { routes } from "../../local/cosmos/http/routes.ts";
import type { SignedRequest } from "../contract/raw-request.ts";
import {
  DATA_CONTRIBUTOR,
  type EntraAccount,
  startEntraAccount,
  statusOf,
} from "./entra-account.ts";

const open: EntraAccount[] = [];
afterEach(async () => {
  for (const account of open.splice(0)) await account.close();
});

const accountWith = async (...roles: RoleAssignment[]): Promise<EntraAccount> => {
  const account = await startEntraAccount({ roles });
  open.push(account);
  return account;
};

/** What `readMetadata` opens, as documented. */
const PROPERTIES = new Set([
  "GET /",
  "GET /dbs",
  "GET /dbs/{}",
  "GET /dbs/{}/colls",
  "GET /dbs/{}/colls/{}",
  "GET /dbs/{}/colls/{}/pkranges",
  "GET /dbs/{}/colls/{}/pkranges changes",
]);

describe("every route", () => {
  test("is closed to an identity without roles", async () => {
    const account = await accountWith();
    for (const route of routes.keys()) {
      const { status } = await account.send(requestOf(route));
      expect([route, status]).toEqual([route, 403]);
    }
  });

  test("that is about neither items nor properties needs the control plane", () => {
    const isData = (route: string) =>
      /\/(docs|conflicts|operations)\b|^POST .*\/sprocs\/\{\}$/.test(route);
    for (const [route, { needs }] of routes) {
      if (isData(route)) expect([route, needs]).not.toContain("control plane");
      else if (!PROPERTIES.has(route)) expect([route, needs]).toEqual([route, "control plane"]);
      else expect([route, needs]).toEqual([route, ["readMetadata"]]);
    }
  });

  test("is open to the built-in contributor, or needs the control plane", async () => {
    const account = await accountWith({ scope: "/", dataActions: DATA_CONTRIBUTOR });
    for (const [route, { needs }] of routes) {
      const isOpen = !statusOf(await account.send(requestOf(route))).startsWith("403");
      expect([route, isOpen]).toEqual([route, needs !== "control plane"]);
    }
  });
});

const query = { "content-type": "application/query+json", "x-ms-documentdb-isquery": "true" };
const batch = { "x-ms-cosmos-is-batch-request": "true", "x-ms-cosmos-batch-atomic": "true" };

/** A request for a row of the routes table. */
const requestOf = (route: string): SignedRequest => {
  const [method = "", template = "", variant = ""] = route.split(" ");
  const ids = ["todos", template.startsWith("/dbs/{}/colls") ? "items" : "x", "x"];
  const path = template.replace(/\{\}/g, () => ids.shift() ?? "x");
  const headers: Record<string, string> = {
    "x-ms-documentdb-partitionkey": "[1]",
    ...(variant === "changes" && { "a-im": "Incremental Feed" }),
    ...(variant === "query" && query),
    ...(variant === "plan" && { ...query, "x-ms-cosmos-is-query-plan-request": "True" }),
    ...(variant === "upsert" && { "x-ms-documentdb-is-upsert": "true" }),
    ...(variant === "batch" && batch),
  };
  const operations = [{ operationType: "Read", id: "x" }];
  const body = JSON.stringify(variant === "batch" ? operations : { query: "SELECT * FROM c" });
  return { method, path, headers, ...(method === "GET" ? {} : { body }) };
};
