import { afterEach, describe, expect, test } from "vitest";
import type { RoleAssignment } from "../../local/cosmos/access/principal.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import type { SignedRequest } from "../contract/raw-request.ts";
import {
  actionOf,
  DATA_CONTRIBUTOR,
  type EntraAccount,
  READ_METADATA,
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

const ITEMS = "/dbs/todos/colls/items";
const KEY = { "x-ms-documentdb-partitionkey": "[1]" };

const get = (path: string, headers: Record<string, string> = {}): SignedRequest => ({
  method: "GET",
  path,
  headers,
});
const post = (path: string, body: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  path,
  headers,
  body: JSON.stringify(body),
});
const query = { "content-type": "application/query+json", "x-ms-documentdb-isquery": "true" };
const batch = {
  ...KEY,
  "x-ms-cosmos-is-batch-request": "true",
  "x-ms-cosmos-batch-atomic": "true",
};

describe("what an identity needs", () => {
  const operations = (...kinds: string[]) =>
    kinds.map((operationType) => ({
      operationType,
      id: "b",
      resourceBody:
        operationType === "Patch"
          ? { operations: [{ op: "set", path: "/a", value: 1 }] }
          : { id: "b", projectId: 1 },
    }));
  const patch = [{ op: "set", path: "/a", value: 1 }];

  test.each<readonly [string, readonly string[], SignedRequest]>([
    ["a point read", ["items/read"], get(`${ITEMS}/docs/a`, KEY)],
    ["a creation", ["items/create"], post(`${ITEMS}/docs`, { id: "b", projectId: 1 }, KEY)],
    [
      "an upsert",
      ["items/upsert"],
      post(
        `${ITEMS}/docs`,
        { id: "a", projectId: 1 },
        { ...KEY, "x-ms-documentdb-is-upsert": "True" },
      ),
    ],
    [
      "a replacement",
      ["items/replace"],
      { ...post(`${ITEMS}/docs/a`, { id: "a", projectId: 1 }, KEY), method: "PUT" },
    ],
    ["a patch", ["items/replace"], { ...post(`${ITEMS}/docs/a`, patch, KEY), method: "PATCH" }],
    ["a deletion", ["items/delete"], { ...get(`${ITEMS}/docs/a`, KEY), method: "DELETE" }],
    [
      "a query",
      ["executeQuery", "readChangeFeed"],
      post(`${ITEMS}/docs`, { query: "SELECT * FROM c" }, { ...query, ...KEY }),
    ],
    [
      "the change feed",
      ["readChangeFeed"],
      get(`${ITEMS}/docs`, { ...KEY, "a-im": "Incremental Feed" }),
    ],
    ["a listing", ["readChangeFeed"], get(`${ITEMS}/docs`)],
    ["the conflicts", ["manageConflicts"], get(`${ITEMS}/conflicts`)],
    ["a batch that creates", ["items/create"], post(`${ITEMS}/docs`, operations("Create"), batch)],
    [
      "a batch of all kinds",
      ["items/create", "items/read", "items/replace", "items/upsert", "items/delete"],
      post(
        `${ITEMS}/docs`,
        operations("Create", "Read", "Replace", "Upsert", "Patch", "Delete"),
        batch,
      ),
    ],
  ])("for %s is %j, each of them", async (_what, actions, request) => {
    const scope = ITEMS;
    const names = actions.map(actionOf);
    const whole = await accountWith({ scope, dataActions: names });
    const { owner, send } = whole;
    await owner.database("todos").container("items").items.create({ id: "a", projectId: 1 });
    const answer = await send(request);
    expect([Math.floor(answer.status / 100), answer.text.slice(0, 200)]).toEqual([
      2,
      expect.anything(),
    ]);
    for (const missing of names) {
      const { principalId, send } = await accountWith({
        scope,
        dataActions: names.filter((each) => each !== missing),
      });
      const refused = await send(request);
      expect(statusOf(refused)).toBe("403/5302");
      expect(JSON.parse(refused.text)).toEqual({
        code: "Forbidden",
        message:
          `Request blocked by Auth 127.0.0.1 : Request is blocked because principal [${principalId}] ` +
          `does not have required RBAC permissions to perform action [${missing}] on resource ` +
          "[dbs/todos/colls/items]. Learn more: https://aka.ms/cosmos-native-rbac.",
      });
    }
  });

  test("for a stored procedure is its execution, whatever it writes", async () => {
    const dataActions = [actionOf("executeStoredProcedure")];
    const { owner, send } = await accountWith({ scope: ITEMS, dataActions });
    const body = `function () { __.createDocument(__.getSelfLink(), { id: "s", projectId: 1 }); }`;
    const { scripts } = owner.database("todos").container("items");
    await scripts.storedProcedures.create({ id: "write", body });
    expect((await send(post(`${ITEMS}/sprocs/write`, [], KEY))).status).toBe(200);
    expect(statusOf(await send(get(`${ITEMS}/docs/s`, KEY)))).toBe("403/5302");
  });

  test("for the account is metadata of any scope; for database and container, of theirs", async () => {
    const paths = ["/", "/dbs", "/dbs/todos", "/dbs/todos/colls", ITEMS, `${ITEMS}/pkranges`];
    const answersWith = async (...scopes: string[]) => {
      const roles = scopes.map((scope) => ({ scope, dataActions: [READ_METADATA] }));
      const { send } = await accountWith(...roles);
      const answers = await Promise.all(paths.map((path) => send(get(path))));
      return answers.map(statusOf).join(" ");
    };
    const no = "403/5301";
    expect(await answersWith()).toBe([no, no, no, no, no, no].join(" "));
    expect(await answersWith(ITEMS)).toBe(`200 ${no} ${no} ${no} 200 200`);
    expect(await answersWith("/dbs/todos")).toBe(`200 ${no} 200 200 200 200`);
    expect(await answersWith("/dbs/todo")).toBe(`200 ${no} ${no} ${no} ${no} ${no}`);
    expect(await answersWith("/")).toBe("200 200 200 200 200 200");
    expect(await answersWith("")).toBe("200 200 200 200 200 200");
  });

  test("by resource id is the same, and refused with a substatus of its own", async () => {
    const dataActions = [actionOf("items/read")];
    const { owner, send } = await accountWith({ scope: ITEMS, dataActions });
    const container = owner.database("todos").container("items");
    await container.items.create({ id: "a", projectId: 1 });
    const self = (await container.read()).resource?._self ?? "";
    expect((await send(get(`/${self}docs/a`, KEY))).status).toBe(200);
    const deletion = { ...get(`/${self}docs/a`, KEY), method: "DELETE" };
    const refused = await send(deletion);
    expect(statusOf(refused)).toBe("403/5303");
    expect(JSON.parse(refused.text).message).toContain("on resource [dbs/todos/colls/items]");
  });

  test("is asked for before it is told whether something exists", async () => {
    const { send } = await accountWith({ scope: ITEMS, dataActions: [actionOf("items/read")] });
    expect(statusOf(await send(get(`${ITEMS}/docs/none`, KEY)))).toBe("404");
    expect(statusOf(await send(get("/dbs/none/colls/none/docs/none", KEY)))).toBe("403/5302");
    expect(statusOf(await send(get("/dbs/todos/colls/leases/docs/none", KEY)))).toBe("403/5302");
  });

  test("no role gives for databases, containers, scripts and throughput", async () => {
    const { send } = await accountWith({ scope: "/", dataActions: DATA_CONTRIBUTOR });
    const refused = await send(post("/dbs", { id: "mine" }));
    expect(statusOf(refused)).toBe("403/5300");
    expect(JSON.parse(refused.text).message).toBe(
      "Request blocked by Auth 127.0.0.1 : The given request [POST /dbs] cannot be authorized by AAD " +
        "token in data plane. Learn more: https://aka.ms/cosmos-native-rbac.",
    );
    expect(statusOf(await send(get(`${ITEMS}/sprocs`)))).toBe("403/5300");
    expect(statusOf(await send(get("/offers")))).toBe("403/5300");
  });
});

describe("wildcards", () => {
  const items = get(`${ITEMS}/docs/none`, KEY);
  const feed = get(`${ITEMS}/docs`, { ...KEY, "a-im": "Incremental Feed" });

  test("containers/* is what containers do, items/* what is done with items", async () => {
    const container = await accountWith({ scope: ITEMS, dataActions: [actionOf("*")] });
    expect(statusOf(await container.send(items))).toBe("403/5302");
    expect((await container.send(feed)).status).not.toBe(403);
    const item = await accountWith({ scope: ITEMS, dataActions: [actionOf("items/*")] });
    expect((await item.send(items)).status).toBe(404);
    expect(statusOf(await item.send(feed))).toBe("403/5302");
  });
});

describe("a role that cannot be", () => {
  const start = (role: RoleAssignment) =>
    startCosmosServer({ port: 0, entra: { principals: [{ principalId: "p", roles: [role] }] } });

  test.each([
    "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/write",
    "Microsoft.DocumentDB/databaseAccounts/*/read",
    "readMetadata",
  ])("with the action %s is refused when the server starts", async (action) => {
    await expect(start({ scope: "/", dataActions: [action] })).rejects.toThrow(
      `Cosmos DB has no data action "${action}", which principal p is given.`,
    );
  });

  test.each(["items", "/sqlDatabases/todos", `${ITEMS}/`, `${ITEMS}/docs`])(
    "with the scope %s is refused when the server starts",
    async (scope) => {
      await expect(start({ scope, dataActions: [READ_METADATA] })).rejects.toThrow(
        `The scope "${scope}" of principal p is none`,
      );
    },
  );
});
