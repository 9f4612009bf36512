import type { ErrorResponse } from "@azure/cosmos";
import { expect, test } from "vitest";
import { contract, embedded, refusal } from "./endpoint.ts";

contract("items", (endpoint) => {
  test("an item is created once, with system properties behind the client's own", async () => {
    const container = await endpoint.newContainer();
    const { resource, statusCode, etag } = await container.items.create({ id: "a", z: 1, pk: "p" });
    expect(statusCode).toBe(201);
    expect(etag).toBe(resource?._etag);
    expect(Object.keys(resource ?? {})).toEqual([
      "id",
      "z",
      "pk",
      "_rid",
      "_self",
      "_etag",
      "_attachments",
      "_ts",
    ]);
    expect(await refusal(container.items.create({ id: "a", pk: "p" }))).toBe("409");
  });

  test("the same id lives once in each partition key", async () => {
    const container = await endpoint.newContainer();
    const keys = [0, false, null, "", "0", 1];
    for (const pk of keys) await container.items.create({ id: "same", pk, n: String(pk) });
    for (const pk of keys) {
      expect((await container.item("same", pk).read()).resource?.n).toBe(String(pk));
    }
  });

  test("an item without a partition key value is found under no value, not under null", async () => {
    const container = await endpoint.newContainer();
    await container.items.create({ id: "keyless" });
    expect((await container.item("keyless", undefined).read()).statusCode).toBe(200);
    expect((await container.item("keyless", null).read()).statusCode).toBe(404);
  });

  test("upsert answers 201 for a new item and 200 for an existing one", async () => {
    const container = await endpoint.newContainer();
    expect((await container.items.upsert({ id: "a", pk: 1, n: 1 })).statusCode).toBe(201);
    expect((await container.items.upsert({ id: "a", pk: 1, n: 2 })).statusCode).toBe(200);
    expect((await container.item("a", 1).read()).resource?.n).toBe(2);
  });

  test("a missing item reads as 404; replacing or deleting it is refused with 404", async () => {
    const container = await endpoint.newContainer();
    const missing = container.item("missing", 1);
    expect((await missing.read()).statusCode).toBe(404);
    expect(await refusal(missing.replace({ id: "missing", pk: 1 }))).toBe("404");
    expect(await refusal(missing.delete())).toBe("404");
  });

  test("If-Match lets only the holder of the newest version write", async () => {
    const container = await endpoint.newContainer();
    const { item, etag } = await container.items.create({ id: "a", pk: 1 });
    const newest = { accessCondition: { type: "IfMatch", condition: etag } };
    await item.replace({ id: "a", pk: 1, n: 1 }, newest);
    expect(await refusal(item.replace({ id: "a", pk: 1, n: 2 }, newest))).toBe("412");
    expect(await refusal(item.delete(newest))).toBe("412");
    expect(await refusal(container.items.upsert({ id: "a", pk: 1 }, newest))).toBe("412");
    expect(await refusal(item.patch([{ op: "set", path: "/n", value: 3 }], newest))).toBe("412");
    expect((await item.read()).resource?.n).toBe(1);
  });

  test("32 writers that increment under If-Match lose no increment", async () => {
    const container = await endpoint.newContainer();
    const { item } = await container.items.create({ id: "a", pk: 1, n: 0 });
    const increment = async (): Promise<void> => {
      for (;;) {
        const { resource } = await item.read();
        const accessCondition = { type: "IfMatch", condition: resource._etag };
        const next = { ...resource, n: resource.n + 1 };
        if ((await refusal(item.replace(next, { accessCondition }))) === "not refused") return;
      }
    };
    await Promise.all(Array.from({ length: 32 }, increment));
    expect((await item.read()).resource.n).toBe(32);
  });

  test("a read with If-None-Match answers 304 while the item is unchanged", async () => {
    const container = await endpoint.newContainer();
    const { item, etag } = await container.items.create({ id: "a", pk: 1 });
    const unchanged = { accessCondition: { type: "IfNoneMatch", condition: etag } };
    const { statusCode, headers } = await item.read(unchanged);
    expect([statusCode, headers.etag]).toEqual([304, etag]);
    await item.replace({ id: "a", pk: 1, n: 1 });
    expect((await item.read(unchanged)).statusCode).toBe(200);
  });

  test("the partition key in the body must be the one in the header: 400/1001", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const { status, headers } = await endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: { "x-ms-documentdb-partitionkey": '["other"]' },
      body: JSON.stringify({ id: "a", pk: "p" }),
    });
    expect([status, headers["x-ms-substatus"]]).toEqual([400, "1001"]);
  });

  test("a write without partition key is refused with 400", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const { status, text } = await endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      body: JSON.stringify({ id: "a", pk: "p" }),
    });
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toContain("PartitionKey value must be supplied");
  });

  test("replacing an item under another id is refused with 400", async () => {
    const container = await endpoint.newContainer();
    const { item } = await container.items.create({ id: "a", pk: 1 });
    expect(await refusal(item.replace({ id: "b", pk: 1 }))).toBe("400");
  });

  test.each([
    "a b?c%d é+&=",
    "%20 literal",
    " spaces around ",
    "?b",
    "日本語 ☃ 👍",
    ",=.:~+-@()^$" + "{}[]!_'\"",
    "x".repeat(255),
  ])("the id %j makes the round trip", async (id) => {
    const container = await endpoint.newContainer();
    await container.items.create({ id, pk: id });
    const { resource } = await container.item(id, id).read();
    expect([resource?.id, resource?.pk]).toEqual([id, id]);
    expect((await container.item(id, id).delete()).statusCode).toBe(204);
  });

  test("an item of 1.9 MB is kept, one of 2.2 MB is refused with 413", async () => {
    const container = await endpoint.newContainer();
    const text = "x".repeat(1_900_000);
    await container.items.create({ id: "large", pk: 1, text });
    expect((await container.item("large", 1).read()).resource?.text).toHaveLength(1_900_000);
    const larger = { id: "larger", pk: 1, text: "x".repeat(2_200_000) };
    expect(await refusal(container.items.create(larger))).toBe("413");
    expect((await container.item("larger", 1).read()).statusCode).toBe(404);
  });

  test("a hierarchical key addresses an item by all of its components", async () => {
    const container = await endpoint.newContainer({
      partitionKey: { paths: ["/tenant", "/user"], kind: "MultiHash" as never, version: 2 },
    });
    await container.items.create({ id: "a", tenant: "t", user: 1 });
    await container.items.create({ id: "a", tenant: "t", user: 2, second: true });
    const { resource } = await container.item("a", ["t", 2]).read();
    expect(resource?.second).toBe(true);
  });
});

embedded("deleting a whole partition key", (endpoint) => {
  test("all items of the key are gone, those of others stay", async () => {
    const container = await endpoint.newContainer();
    for (let i = 0; i < 5; i++) await container.items.create({ id: `${i}`, pk: i % 2 });
    await container.deleteAllItemsForPartitionKey(0);
    for (let i = 0; i < 5; i++) {
      const expected = i % 2 === 0 ? 404 : 200;
      expect((await container.item(`${i}`, i % 2).read()).statusCode).toBe(expected);
    }
  });
});

contract("patches", (endpoint) => {
  const patched = async (document: object, operations: object[]) => {
    const container = await endpoint.newContainer();
    const { item } = await container.items.create({ id: "a", pk: 1, ...document });
    const { resource } = await item.patch(operations as never);
    const { _rid, _self, _etag, _attachments, _ts, id, pk, ...user } = resource as never as Record<
      string,
      unknown
    >;
    return user;
  };

  test.each([
    ["add sets a property", {}, [{ op: "add", path: "/n", value: 1 }], { n: 1 }],
    [
      "add inserts into an array",
      { a: [1, 3] },
      [{ op: "add", path: "/a/1", value: 2 }],
      { a: [1, 2, 3] },
    ],
    ["add appends with -", { a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    [
      "set overwrites in an array",
      { a: [1, 3] },
      [{ op: "set", path: "/a/1", value: 2 }],
      { a: [1, 2] },
    ],
    [
      "replace changes a nested property",
      { a: { b: 1 } },
      [{ op: "replace", path: "/a/b", value: 2 }],
      { a: { b: 2 } },
    ],
    ["remove takes away", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    ["incr adds to a number", { n: 1 }, [{ op: "incr", path: "/n", value: 2 }], { n: 3 }],
    ["incr begins a missing number", {}, [{ op: "incr", path: "/n", value: 2 }], { n: 2 }],
    ["move takes from and puts at", { a: 1 }, [{ op: "move", from: "/a", path: "/b" }], { b: 1 }],
  ])("%s", async (_, document, operations, expected) => {
    expect(await patched(document, operations)).toEqual(expected);
  });

  test.each([
    ["replace of a missing property", [{ op: "replace", path: "/missing", value: 1 }]],
    ["remove of a missing property", [{ op: "remove", path: "/missing" }]],
    ["incr of a text", [{ op: "incr", path: "/text", value: 1 }]],
    ["a change of the id", [{ op: "set", path: "/id", value: "b" }]],
    ["a change of the partition key", [{ op: "set", path: "/pk", value: 2 }]],
    ["a change of a system property", [{ op: "set", path: "/_ts", value: 2 }]],
    ["more than ten operations", Array(11).fill({ op: "incr", path: "/n", value: 1 })],
  ])("%s is refused with 400 and changes nothing", async (_, operations) => {
    const container = await endpoint.newContainer();
    const { item } = await container.items.create({ id: "a", pk: 1, n: 0, text: "x" });
    const all = [{ op: "set", path: "/n", value: 9 }, ...operations];
    expect(await refusal(item.patch(all as never))).toBe("400");
    expect((await item.read()).resource?.n).toBe(0);
  });

  test("a patch whose condition does not hold is refused with 412", async () => {
    const container = await endpoint.newContainer();
    const { item } = await container.items.create({ id: "a", pk: 1, n: 1 });
    const operations = [{ op: "incr" as const, path: "/n", value: 1 }];
    await item.patch({ condition: "from c where c.n = 1", operations });
    const again = item.patch({ condition: "from c where c.n = 1", operations });
    expect(await refusal(again)).toBe("412");
    expect((await item.read()).resource?.n).toBe(2);
  });
});

embedded("item limits", (endpoint) => {
  test.each(["a/b", "a\\b", "a#b", ""])("the id %j is refused with 400", async (id) => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const { status } = await endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: { "x-ms-documentdb-partitionkey": "[1]" },
      body: JSON.stringify({ id, pk: 1 }),
    });
    expect(status).toBe(400);
  });

  test("an id of 1,023 bytes is kept, one of 1,024 is refused with 400", async () => {
    const container = await endpoint.newContainer();
    const longest = `${"é".repeat(511)}x`;
    expect((await container.items.create({ id: longest, pk: 1 })).statusCode).toBe(201);
    const call = container.items.create({ id: `${longest}x`, pk: 1 });
    await expect(call).rejects.toMatchObject({ code: 400 } satisfies Partial<ErrorResponse>);
  });

  test("an item nested 128 levels deep is kept, one of 129 is refused with 400", async () => {
    const container = await endpoint.newContainer();
    const nested = (levels: number): object => (levels === 0 ? {} : { n: nested(levels - 1) });
    await container.items.create({ id: "deep", pk: 1, n: nested(126) });
    expect(await refusal(container.items.create({ id: "deeper", pk: 1, n: nested(127) }))).toBe(
      "400",
    );
    const bottomless = `{"id":"x","pk":1,"n":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const { status } = await endpoint.raw({
      method: "POST",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: { "x-ms-documentdb-partitionkey": "[1]" },
      body: bottomless,
    });
    expect(status).toBe(400);
  });

  test("a body that is no JSON object is refused with 400", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    for (const body of ["[1]", "1", "{", '"text"']) {
      const { status } = await endpoint.raw({
        method: "POST",
        path: `/${link}/docs`,
        sign: ["docs", link],
        headers: { "x-ms-documentdb-partitionkey": "[1]" },
        body,
      });
      expect(status).toBe(400);
    }
  });
});
