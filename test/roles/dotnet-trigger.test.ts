import { afterAll, beforeAll, expect, test } from "vitest";
import type { DataAction } from "../../local/cosmos/access/data-action.ts";
import { parseResourcePath } from "../../local/cosmos/http/resource-path.ts";
import { routes, variantOf } from "../../local/cosmos/http/routes.ts";
import type { RawResponse, SignedRequest } from "../contract/raw-request.ts";
import { type EntraAccount, startEntraAccount } from "./entra-account.ts";
import { rolesOf } from "./granted-roles.ts";

// The requests of the Functions trigger over Microsoft.Azure.Cosmos 3.64.0, in the order in which
// it sent them when it was recorded on 2026-11-22.

/** The processor's roles where it has least: without the HTTP API. */
const [LEAST] = [...rolesOf("-processor-")].sort((a, b) => a.roles.length - b.roles.length);
if (!LEAST) throw new Error("No environment has a processor.");

let account: EntraAccount;
let databaseRid = "";
let itemsRid = "";
beforeAll(async () => {
  account = await startEntraAccount({ roles: LEAST.roles });
  const database = account.owner.database("todos");
  databaseRid = (await database.read()).resource?._rid ?? "";
  itemsRid = (await database.container("items").read()).resource?._rid ?? "";
});
afterAll(() => account.close());

const LEASES = "/dbs/todos/colls/leases";
const PREFIX = "process-requests-127.0.0.1_a_b";
const needed = new Set<DataAction>();

/** Sends what the trigger sends, and notes which actions it takes. */
const send = async (request: SignedRequest): Promise<RawResponse> => {
  const { method, path, headers = {} } = request;
  const { template } = parseResourcePath(path);
  const needs = routes.get(`${method} ${template}${variantOf(method, headers)}`)?.needs;
  if (!Array.isArray(needs)) throw new Error(`${method} ${path} is nothing for a trigger.`);
  if (path !== "/" && path.startsWith(LEASES)) for (const action of needs) needed.add(action);
  return account.send(request);
};

const keyOf = (id: string) => ({ "x-ms-documentdb-partitionkey": JSON.stringify([id]) });
const minimal = { prefer: "return=minimal" };
const document = (id: string, rest: object = {}) => JSON.stringify({ id, ...rest });
const query = {
  "content-type": "application/query+json",
  "x-ms-cosmos-query-version": "1.0",
};
const body = JSON.stringify({ query: `SELECT * FROM c WHERE STARTSWITH(c.id, '${PREFIX}..')` });

const list = async (): Promise<readonly number[]> => {
  const plan = { ...query, "x-ms-cosmos-is-query-plan-request": "True" };
  const rows = {
    ...query,
    "x-ms-documentdb-isquery": "True",
    "x-ms-documentdb-query-enablecrosspartition": "True",
    "x-ms-documentdb-partitionkeyrangeid": "0",
    "x-ms-max-item-count": "1000",
  };
  const path = `${LEASES}/docs`;
  const planned = await send({ method: "POST", path, headers: plan, body });
  return [planned.status, (await send({ method: "POST", path, headers: rows, body })).status];
};

test("the real trigger starts with what the processor is granted", async () => {
  const get = async (path: string, headers = {}) =>
    (await send({ method: "GET", path, headers })).status;
  expect(await get("/")).toBe(200);
  expect(await get("/dbs/todos/colls/items")).toBe(200);
  expect(await get(LEASES)).toBe(200);
  expect(await list()).toEqual([200, 200]);
  const incremental = { "a-im": "Incremental Feed", "x-ms-max-item-count": "-1" };
  expect(await get(`/dbs/${databaseRid}/colls/${itemsRid}/pkranges`, incremental)).toBe(200);
  const info = `${PREFIX}.info`;
  expect(await get(`${LEASES}/docs/${info}`, keyOf(info))).toBe(404);
});

test("it creates, takes, renews and moves its leases with what the processor is granted", async () => {
  const write = (method: string, id: string, headers: object, text?: string) => {
    const path = `${LEASES}/docs${method === "POST" ? "" : `/${id}`}`;
    const all = { ...keyOf(id), ...headers };
    return send({ method, path, headers: all, ...(text !== undefined && { body: text }) });
  };
  const [lock, lease, info] = [`${PREFIX}.lock`, `${PREFIX}..0`, `${PREFIX}.info`];
  const locked = await write("POST", lock, minimal, document(lock, { ttl: 30 }));
  expect(locked.status).toBe(201);
  expect(await list()).toEqual([200, 200]);
  const LeaseToken = "0";
  const created = await write("POST", lease, minimal, document(lease, { LeaseToken, Owner: null }));
  expect(created.status).toBe(201);
  expect((await write("POST", info, {}, document(info))).status).toBe(201);
  const unlocked = await write("DELETE", lock, { "if-match": locked.headers.etag ?? "" });
  expect(unlocked.status).toBe(204);
  let etag = created.headers.etag ?? "";
  for (const ContinuationToken of [null, '"1"']) {
    const renewed = document(lease, { LeaseToken, Owner: "guid", ContinuationToken });
    const answer = await write("PUT", lease, { "if-match": etag }, renewed);
    expect(answer.status).toBe(200);
    etag = answer.headers.etag ?? "";
    expect((await write("GET", lease, {})).status).toBe(200);
  }
});

test("it reads the change feed with what the processor is granted", async () => {
  const feed = {
    "a-im": "Incremental Feed",
    "x-ms-max-item-count": "500",
    "x-ms-documentdb-partitionkeyrangeid": "0",
  };
  const path = "/dbs/todos/colls/items/docs";
  const first = await send({ method: "GET", path, headers: feed });
  expect(first.status).toBe(304);
  const after = { ...feed, "if-none-match": first.headers.etag ?? "" };
  expect((await send({ method: "GET", path, headers: after })).status).toBe(304);
});

test("a lease owner is granted nothing that the real trigger has no use for", () => {
  const granted = LEAST.roles.filter(({ scope }) => scope === LEASES).flatMap((r) => r.dataActions);
  const used = [...needed].filter((action) => action !== "readMetadata");
  expect(used.map((action) => `Microsoft.DocumentDB/databaseAccounts/${action}`).sort()).toEqual(
    [...granted].sort(),
  );
});
