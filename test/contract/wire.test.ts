import { connect } from "node:net";
import { expect, test } from "vitest";
import { contract, embedded } from "./endpoint.ts";

type Body = {
  readonly code: string;
  readonly message: string;
  readonly Documents: readonly { readonly id: string }[];
  readonly PartitionKeyRanges: readonly unknown[];
};

const json = (text: string): Body => JSON.parse(text);

contract("the wire", (endpoint) => {
  test("every response has its own activity id and a charge", async () => {
    const path = `/dbs/${endpoint.database.id}`;
    const read = () => endpoint.raw({ method: "GET", path, sign: ["dbs", path.slice(1)] });
    const [first, second] = [await read(), await read()];
    expect(first.headers["x-ms-activity-id"]).not.toBe(second.headers["x-ms-activity-id"]);
    expect(first.headers["x-ms-request-charge"]).toMatch(/^\d+(\.\d+)?$/);
  });

  test("a trailing slash in a path means nothing", async () => {
    const path = `/dbs/${endpoint.database.id}`;
    const sign = ["dbs", path.slice(1)] as const;
    expect((await endpoint.raw({ method: "GET", path: `${path}/`, sign })).status).toBe(200);
  });

  test("pkranges by resource id end with 304 once their etag is known", async () => {
    const container = await endpoint.newContainer();
    const crid = (await container.read()).resource?._rid ?? "";
    const drid = (await endpoint.database.read()).resource?._rid;
    const request = {
      method: "GET",
      path: `/dbs/${drid}/colls/${crid}/pkranges`,
      sign: ["pkranges", crid.toLowerCase()],
    } as const;
    const headers = { "a-im": "Incremental Feed", "x-ms-max-item-count": "-1" };
    const { status, headers: answered, text } = await endpoint.raw({ ...request, headers });
    expect(status).toBe(200);
    expect(json(text).PartitionKeyRanges).toMatchObject([
      { id: "0", minInclusive: "", maxExclusive: "FF" },
    ]);
    const etag = answered.etag ?? "";
    const again = await endpoint.raw({
      ...request,
      headers: { ...headers, "if-none-match": etag },
    });
    expect([again.status, again.headers.etag, again.text]).toEqual([304, etag, ""]);
    expect(again.headers["x-ms-item-count"]).toBe("0");
    expect(again.headers["x-ms-session-token"]).toBeUndefined();
  });

  test("item responses carry the session token of their range only; containers none", async () => {
    const container = await endpoint.newContainer({ throughput: 25_100 });
    const created = await container.items.create({ id: "a", pk: 1 });
    const token = String(created.headers["x-ms-session-token"]);
    expect(token).toMatch(/^\d+:[^,]+#\d+[^,]*$/);
    const { headers } = await container.item("a", 1).read();
    expect(headers["x-ms-session-token"]).toBe(token);
    expect(headers["x-ms-documentdb-partitionkeyrangeid"]).toBe(token.split(":")[0]);
    const crid = (await container.read()).resource?._rid ?? "";
    expect(headers["x-ms-content-path"]).toBe(crid);
    expect(Buffer.from(crid.replaceAll("-", "/"), "base64")).toHaveLength(8);
    expect((await container.read()).headers["x-ms-session-token"]).toBeUndefined();
  });

  test("a session that is ahead of the server is refused with 404/1002", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "a", pk: 1 });
    const link = `dbs/${endpoint.database.id}/colls/${container.id}/docs/a`;
    const { status, headers } = await endpoint.raw({
      method: "GET",
      path: `/${link}`,
      sign: ["docs", link],
      headers: {
        "x-ms-documentdb-partitionkey": "[1]",
        "x-ms-session-token": "0:-1#999999",
        "x-ms-consistency-level": "Session",
      },
    });
    expect([status, headers["x-ms-substatus"]]).toEqual([404, "1002"]);
  });

  test("Prefer: return=minimal leaves the body of a write empty", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const { status, text, headers } = await endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: { "x-ms-documentdb-partitionkey": "[1]", prefer: "return=minimal" },
      body: JSON.stringify({ id: "a", pk: 1 }),
    });
    expect([status, text]).toEqual([201, ""]);
    expect(headers.etag).toMatch(/^".+"$/);
  });

  test("a container that the client takes for another is refused with 400/1024", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}/docs/a`;
    const { status, headers } = await endpoint.raw({
      method: "GET",
      path: `/${link}`,
      sign: ["docs", link],
      headers: {
        "x-ms-documentdb-partitionkey": "[1]",
        "x-ms-cosmos-intended-collection-rid": "AAAAAIAAAAA=",
      },
    });
    expect([status, headers["x-ms-substatus"]]).toEqual([400, "1024"]);
  });
});

embedded("the wire of the embedded server", (endpoint) => {
  test("an activity id that the client sends comes back", async () => {
    const headers = { "x-ms-activity-id": "11111111-2222-3333-4444-555555555555" };
    const answer = await endpoint.raw({ method: "GET", path: "/", sign: ["", ""], headers });
    expect(answer.headers).toMatchObject(headers);
  });

  test("errors are JSON with code, message and length", async () => {
    const sign = ["dbs", "dbs/missing"] as const;
    const { text, headers } = await endpoint.raw({ method: "GET", path: "/dbs/missing", sign });
    expect(json(text)).toEqual({ code: "NotFound", message: expect.stringContaining("missing") });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(text.length),
    });
  });

  test("what the server does not know answers 501 and its name", async () => {
    const sign = ["media", "media/x"] as const;
    const { status, text } = await endpoint.raw({ method: "GET", path: "/media/x", sign });
    expect([status, json(text).code]).toEqual([501, "NotImplemented"]);
    expect(json(text).message).toContain("/media/{}");
  });

  test.each([
    ["x-ms-documentdb-pre-trigger-include", "t", 501],
    ["x-ms-documentdb-post-trigger-include", "t", 501],
    ["x-ms-consistency-level", "Strong", 400],
  ])("the header %s: %s is not ignored but answered %d", async (name, value, expected) => {
    const headers = { [name]: value };
    const { status } = await endpoint.raw({ method: "GET", path: "/", sign: ["", ""], headers });
    expect(status).toBe(expected);
  });

  test("a path that is no valid UTF-8 is refused with 400", async () => {
    const { status, text } = await endpoint.raw({ method: "GET", path: "/dbs/%ff" });
    expect([status, json(text).code]).toEqual([400, "BadRequest"]);
  });

  test("a request of 10 MB is read to its end and refused with 413", async () => {
    const link = `dbs/${endpoint.database.id}`;
    const body = "x".repeat(10_000_000);
    const sign = ["colls", link] as const;
    const answer = await endpoint.raw({ method: "POST", path: `/${link}/colls`, sign, body });
    expect([answer.status, json(answer.text).code]).toEqual([413, "RequestEntityTooLarge"]);
  });

  test("a client that goes away in the middle of a request disturbs nobody", async () => {
    const { hostname, port } = new URL(endpoint.endpoint);
    for (const begun of [
      "POST /dbs HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{",
      "GET /d",
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(begun, () => {
            socket.destroy();
            resolve();
          });
        });
      });
    }
    expect((await endpoint.client.getDatabaseAccount()).statusCode).toBe(200);
  });

  test("a listing of items is paged, full pages with a continuation", async () => {
    const container = await endpoint.newContainer({ throughput: 25_100 });
    for (let i = 0; i < 4; i++) await container.items.create({ id: `${i}`, pk: i });
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const page = (continuation: Record<string, string>) =>
      endpoint.raw({
        method: "GET",
        path: `/${link}/docs`,
        sign: ["docs", link],
        headers: { "x-ms-max-item-count": "2", ...continuation },
      });
    const pages: unknown[] = [];
    for (let headers: Record<string, string> | undefined = {}; headers; ) {
      const answer = await page(headers);
      pages.push(json(answer.text).Documents.map(({ id }) => id));
      const next = answer.headers["x-ms-continuation"];
      headers = next ? { "x-ms-continuation": next } : undefined;
    }
    expect(pages).toEqual([["0", "1"], ["2", "3"], []]);
    expect((await page({ "x-ms-continuation": "nonsense" })).status).toBe(400);
  });
});
