import { describe, expect, it } from "vitest";
import { EMBEDDED_SERVER, readSettings } from "../../client/settings.ts";

const KEY = "c2VjcmV0";

describe("settings", () => {
  it("an empty environment means the embedded server and the pipeline's names", () => {
    expect(readSettings({})).toEqual({
      account: EMBEDDED_SERVER,
      database: "todos",
      container: "items",
      leaseContainer: "leases",
    });
  });

  it("a connection string gives endpoint and key, in any case and order", () => {
    const COSMOS = `accountkey=${KEY}==;AccountEndpoint=https://a.documents.azure.com:443/;`;
    expect(readSettings({ COSMOS }).account).toEqual({
      kind: "key",
      endpoint: "https://a.documents.azure.com:443/",
      key: `${KEY}==`,
    });
  });

  it("an account endpoint means an identity, with a client id if one is set", () => {
    const endpoint = "https://a.documents.azure.com:443/";
    const environment = { COSMOS__accountEndpoint: endpoint, COSMOS__clientId: "id" };
    expect(readSettings(environment).account).toEqual({
      kind: "identity",
      endpoint,
      clientId: "id",
    });
  });

  it.each([
    [{ COSMOS: "nonsense" }, "COSMOS has no AccountEndpoint"],
    [{ COSMOS: "AccountEndpoint=https://a/;" }, "COSMOS has no AccountKey"],
    [{ COSMOS__accountEndpoint: "http://a/" }, "COSMOS__accountEndpoint is not an https address"],
    [{ COSMOS__clientId: "id" }, "set COSMOS__accountEndpoint as well"],
    [{ COSMOS: "x", COSMOS__accountEndpoint: "https://a/" }, "both set"],
    [{ COSMOS_DATABASE: "a/b" }, "COSMOS_DATABASE is not a name"],
    [{ COSMOS_LEASE_CONTAINER: "items" }, "two different containers"],
  ])("%j is wrong, and the error says which setting", (environment, message) => {
    expect(() => readSettings(environment)).toThrow(message);
  });

  it("an error never shows the key", () => {
    const COSMOS = `AccountEndpoint=nowhere;AccountKey=${KEY}`;
    expect(() => readSettings({ COSMOS })).toThrow(expect.not.stringContaining(KEY));
  });
});
