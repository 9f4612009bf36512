import { createHmac } from "node:crypto";
import { CosmosClient } from "@azure/cosmos";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueToken } from "../../local/cosmos/access/entra-token.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { refusal } from "../contract/endpoint.ts";
import { rawRequest } from "../contract/raw-request.ts";
import { type EntraAccount, READ_METADATA, startEntraAccount, statusOf } from "./entra-account.ts";

const ROLES = [{ scope: "/", dataActions: [READ_METADATA] }];
const ACCOUNT = { method: "GET", path: "/" };

let account: EntraAccount;
beforeAll(async () => {
  account = await startEntraAccount({ roles: ROLES });
});
afterAll(() => account.close());

const inAMinute = () => Date.now() + 60_000;

/** Makes a token as any library for JSON Web Tokens does. */
const tokenOf = (claims: object, { alg = "HS256", key = account.server.key } = {}): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  const hmac = createHmac("sha256", Buffer.from(key, "base64")).update(signed);
  return `${signed}.${hmac.digest("base64url")}`;
};

describe("a token", () => {
  test("that the server's key signed lets its principal in, escaped or not", async () => {
    const { server, principalId, send } = account;
    const token = issueToken(server.key, { principalId, expiresAtMs: inAMinute() });
    expect((await send(ACCOUNT, token)).status).toBe(200);
    const headers = { authorization: `type=aad&ver=1.0&sig=${token}` };
    expect((await rawRequest(server, { ...ACCOUNT, headers })).status).toBe(200);
  });

  test("of somebody without roles is let in, and allowed nothing", async () => {
    const principalId = "somebody";
    const expiresAtMs = inAMinute();
    const token = issueToken(account.server.key, { principalId, expiresAtMs });
    const refused = await account.send(ACCOUNT, token);
    expect(statusOf(refused)).toBe("403/5301");
    expect(JSON.parse(refused.text).message).toContain("principal [somebody]");
    expect(JSON.parse(refused.text).message).toContain("on any scope.");
  });

  const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

  test.each<readonly [string, string, () => string]>([
    ["is none", "5003", () => "abc"],
    ["has a fourth part", "5003", () => `${tokenOf({ exp: seconds(60) })}.a`],
    [
      "is signed with another key",
      "5004",
      () => tokenOf({ exp: seconds(60) }, { key: "b3RoZXI=" }),
    ],
    ["says that nothing signed it", "5004", () => tokenOf({ exp: seconds(60) }, { alg: "none" })],
    ["was signed by Entra ID", "5004", () => tokenOf({ exp: seconds(60) }, { alg: "RS256" })],
    ["is not valid yet", "5005", () => tokenOf({ exp: seconds(60), nbf: seconds(30) })],
    ["has expired", "5006", () => tokenOf({ exp: seconds(-1), oid: account.principalId })],
    ["never expires", "5006", () => tokenOf({ oid: account.principalId })],
    ["is for nobody", "5011", () => tokenOf({ exp: seconds(60) })],
  ])("that %s is refused with 401/%s and says so", async (_what, substatus, token) => {
    const refused = await account.send(ACCOUNT, token());
    expect(statusOf(refused)).toBe(`401/${substatus}`);
    expect(JSON.parse(refused.text).message).toMatch(/^The Entra ID token .*: get a new one\.$/);
  });

  test("is refused with 401/5002 by a server that was not told of Entra ID", async () => {
    const plain = await startCosmosServer({ port: 0 });
    const token = issueToken(plain.key, { principalId: "p", expiresAtMs: inAMinute() });
    const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
    const answer = await rawRequest(plain, { ...ACCOUNT, headers: { authorization } });
    expect(statusOf(answer)).toBe("401/5002");
    expect(JSON.parse(answer.text).message).toContain("start it with the option entra");
    await plain.close();
  });

  test("reaches the server over plain http through the SDK's tokenProvider", async () => {
    const { server, principalId } = account;
    const token = issueToken(server.key, { principalId, expiresAtMs: inAMinute() });
    const tokenProvider = async () => `type=aad&ver=1.0&sig=${token}`;
    const client = new CosmosClient({ endpoint: server.endpoint, tokenProvider });
    expect((await client.database("todos").read()).statusCode).toBe(200);
    expect(await refusal(client.databases.create({ id: "mine" }))).toBe("403/5300");
    client.dispose();
  });
});

describe("the key", () => {
  test("opens everything beside tokens", async () => {
    expect((await account.owner.database("todos").read()).statusCode).toBe(200);
  });

  test("is refused with 401/5202 where local authorization is disabled", async () => {
    const closed = await startEntraAccount({ roles: ROLES, disableLocalAuth: true });
    const { owner, send } = closed;
    expect(await refusal(owner.database("todos").read())).toBe("401/5202");
    await expect(owner.database("todos").read()).rejects.toThrow(
      "Local Authorization is disabled. Use an AAD token to authorize all requests.",
    );
    expect((await send(ACCOUNT)).status).toBe(200);
    await closed.close();
  });
});
