import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { contract, embedded, refusal } from "./endpoint.ts";
import { rawRequest } from "./raw-request.ts";

contract("account and authorization", (endpoint) => {
  test("a client with default options finds the account and works", async () => {
    const { resource } = await endpoint.client.getDatabaseAccount();
    expect(resource?.consistencyPolicy).toBe("Session");
    expect(await endpoint.client.databases.readAll().fetchAll()).toMatchObject({
      resources: expect.arrayContaining([expect.objectContaining({ id: endpoint.database.id })]),
    });
  });

  test("a wrong key is refused with 401", async () => {
    const client = endpoint.newClient({ key: randomBytes(64).toString("base64") });
    expect(await refusal(client.database(endpoint.database.id).read())).toBe("401");
  });

  test("a request without authorization is refused with 401 and a JSON message", async () => {
    const { status, text } = await endpoint.raw({ method: "GET", path: "/dbs" });
    expect(status).toBe(401);
    expect(JSON.parse(text)).toMatchObject({ message: expect.any(String) });
  });

  test("a signature for another path is refused with 401", async () => {
    const path = `/dbs/${endpoint.database.id}`;
    const { status } = await endpoint.raw({ method: "GET", path, sign: ["dbs", "dbs/other"] });
    expect(status).toBe(401);
  });

  test("a request dated 20 minutes ago is refused with 403", async () => {
    const path = `/dbs/${endpoint.database.id}`;
    const date = new Date(Date.now() - 20 * 60 * 1000);
    const sign = ["dbs", path.slice(1)] as const;
    expect((await endpoint.raw({ method: "GET", path, sign, date })).status).toBe(403);
  });
});

embedded("the embedded account", (endpoint) => {
  const signed = { method: "GET", path: "/", sign: ["", ""] } as const;

  test("it advertises exactly the scheme, host and port that the client used", async () => {
    const { host } = new URL(endpoint.endpoint);
    const plain = JSON.parse((await endpoint.raw(signed)).text);
    expect(plain.writableLocations[0].databaseAccountEndpoint).toBe(`http://${host}/`);
    expect(plain.readableLocations[0].databaseAccountEndpoint).toBe(`http://${host}/`);
    const headers = { host: "cosmos.test:1234" };
    const named = JSON.parse((await endpoint.raw({ ...signed, headers })).text);
    expect(named.writableLocations[0].databaseAccountEndpoint).toBe("http://cosmos.test:1234/");
    const behindTls = { ...headers, "x-forwarded-proto": "https" };
    const secure = JSON.parse((await endpoint.raw({ ...signed, headers: behindTls })).text);
    expect(secure.writableLocations[0].databaseAccountEndpoint).toBe("https://cosmos.test:1234/");
  });

  test("a resource token answers 501 and its name", async () => {
    const headers = { authorization: encodeURIComponent("type=resource&ver=1.0&sig=abc") };
    const { status, text } = await endpoint.raw({ method: "GET", path: "/dbs", headers });
    expect(status).toBe(501);
    expect(JSON.parse(text).message).toContain("resource tokens");
  });

  test("authorization in another format is refused with 401/5001", async () => {
    const { status, headers } = await endpoint.raw({
      method: "GET",
      path: "/dbs",
      headers: { authorization: "Bearer abc" },
    });
    expect([status, headers["x-ms-substatus"]]).toEqual([401, "5001"]);
  });

  test("requests by resource id may sign the last id in lower case", async () => {
    const { resource } = await endpoint.database.read();
    const container = await endpoint.newContainer();
    const crid = (await container.read()).resource?._rid ?? "";
    const path = `/dbs/${resource?._rid}/colls/${crid}/pkranges`;
    const sign = ["pkranges", crid.toLowerCase()] as const;
    expect((await endpoint.raw({ method: "GET", path, sign })).status).toBe(200);
  });

  test("a second server on the port says that it is taken", async () => {
    const port = Number(new URL(endpoint.endpoint).port);
    await expect(startCosmosServer({ port })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use`,
    );
  });

  test("a server with its own key refuses the well-known one", async () => {
    const own = await startCosmosServer({ port: 0, key: randomBytes(64).toString("base64") });
    try {
      expect(own.connectionString).toBe(`AccountEndpoint=${own.endpoint};AccountKey=${own.key};`);
      expect((await rawRequest(own, signed)).status).toBe(200);
      expect((await rawRequest({ ...own, key: endpoint.key }, signed)).status).toBe(401);
    } finally {
      await own.close();
    }
  });
});
