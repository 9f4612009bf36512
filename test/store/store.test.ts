import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { conflict } from "../../local/cosmos/cosmos-error.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import {
  commitIn,
  createContainer,
  openStore,
  partitionKey,
  put,
  read,
  temporaryFolder,
} from "./store-fixture.ts";

const key = logicalKey(["a"], partitionKey);

describe("a commit", () => {
  test("gives all writes of one transaction the same log sequence number, a new one each time", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    const lsns = await commitIn(place, "a", (transaction) =>
      ["1", "2"].map((id) => transaction.put({ key, id, body: { id, pk: "a" } }).lsn),
    );
    expect(lsns).toEqual([1, 1]);
    expect((await put(place, "a", { id: "3" })).lsn).toBe(2);
  });

  test("that throws leaves nothing, and its neighbours in the group stay", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    const outcomes = await Promise.allSettled([
      put(place, "a", { id: "before" }),
      commitIn(place, "a", (transaction) => {
        transaction.put({ key, id: "never", body: { id: "never", pk: "a" } });
        throw conflict();
      }),
      put(place, "a", { id: "after" }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(read(place, "a", "never")).toBeUndefined();
    expect([read(place, "a", "before")?.lsn, read(place, "a", "after")?.lsn]).toEqual([1, 2]);
  });

  test("sees what the group has written before it, and readers do not see it before it is durable", async () => {
    const held: (() => void)[] = [];
    const store = openStore({ schedule: (flush) => held.push(flush) });
    const place = { store, container: createContainer(store) };
    const first = put(place, "a", { id: "1" });
    const seen = commitIn(place, "a", (transaction) => transaction.read(key.pk, "1")?.id);
    expect(read(place, "a", "1")).toBeUndefined();
    for (const flush of held) flush();
    await first;
    expect(await seen).toBe("1");
  });

  test("whose expectation a faster transaction broke is refused with 449", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    const { etag } = await put(place, "a", { id: "1" });
    await put(place, "a", { id: "1", changed: true });
    const late = commitIn(place, "a", (transaction) => transaction.expect(key.pk, "1", etag));
    await expect(late).rejects.toMatchObject({ status: 449 });
  });

  test("to a container deleted meanwhile is refused with 404/1003, its neighbours are not", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    const other = store.catalogue.createContainer(
      store.catalogue.createDatabase("other"),
      { id: "c", resource: {}, partitionKey, defaultTtl: undefined, compositeIndexes: [] },
      1,
    );
    const late = put(place, "a", { id: "1" });
    const neighbour = put({ store, container: other }, "a", { id: "1" });
    store.catalogue.deleteContainer(place.container);
    await expect(late).rejects.toMatchObject({ status: 404, substatus: 1003 });
    expect((await neighbour).lsn).toBe(1);
  });

  test("never takes back a second, even if the clock goes back", async () => {
    let now = 5_000_000;
    const store = openStore({ now: () => now });
    const place = { store, container: createContainer(store) };
    await put(place, "a", { id: "1" });
    now = 1_000;
    expect((await put(place, "a", { id: "2" })).ts).toBe(5_000);
  });

  test("on a full disk answers 503, undoes the group and goes on when there is room again", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    await put(place, "a", { id: "1" });
    const { page_count: pages } = store.db.prepare("PRAGMA page_count").get() as {
      page_count: number;
    };
    store.db.exec(`PRAGMA max_page_count = ${pages}`);
    const big = put(place, "a", { id: "2", filler: "x".repeat(100_000) });
    await expect(big).rejects.toMatchObject({ status: 503 });
    store.db.exec("PRAGMA max_page_count = 1000000");
    expect((await put(place, "a", { id: "3" })).lsn).toBe(2);
    expect(read(place, "a", "2")).toBeUndefined();
  });
});

describe("a document", () => {
  test("keeps the client's properties in their order and carries the service's own behind them", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    const item = await put(place, "a", {
      id: "1",
      z: 1,
      a: { nested: [null] },
      _ts: 5,
      _etag: "forged",
    });
    const document = JSON.parse(item.text);
    expect(Object.keys(document)).toEqual([
      "pk",
      "id",
      "z",
      "a",
      "_rid",
      "_self",
      "_etag",
      "_attachments",
      "_ts",
    ]);
    expect(document._etag).toBe(item.etag);
    expect(document._ts).toBe(item.ts);
  });

  test("keeps its number when replaced and gets a new etag every time", async () => {
    const store = openStore();
    const place = { store, container: createContainer(store) };
    const first = await put(place, "a", { id: "1" });
    const second = await put(place, "a", { id: "1", v: 2 });
    expect(second.rid).toBe(first.rid);
    expect(second.etag).not.toBe(first.etag);
  });

  test("that expired is gone for readers at once, and its id is free again", async () => {
    let now = 1_000_000;
    const store = openStore({ now: () => now });
    const place = { store, container: createContainer(store, { defaultTtl: 10 }) };
    const first = await put(place, "a", { id: "1" });
    await put(place, "a", { id: "forever", ttl: -1 });
    now += 10_000;
    expect(read(place, "a", "1")).toBeUndefined();
    const second = await put(place, "a", { id: "1" });
    expect(second.rid).not.toBe(first.rid);
    now += 20_000;
    store.purge();
    const [partition] = place.container.partitions;
    const left = store.db.prepare(`SELECT id FROM ${partition!.table}`).all();
    expect(left.map(({ id }) => id)).toEqual(["forever"]);
  });
});

describe("the data folder", () => {
  test("gives everything back after it was opened again", async () => {
    const directory = temporaryFolder();
    const store = openStore({ directory });
    const container = createContainer(store, { partitions: 3 });
    for (const pk of ["a", "b", "c", "d"]) await put({ store, container }, pk, { id: "1" });
    store.catalogue.putStoredProcedure(container, "sp", "function(){}");
    store.close();
    const reopened = openStore({ directory });
    const again = reopened.catalogue.findContainer(
      reopened.catalogue.findDatabase("db")!,
      "items",
    )!;
    expect(again).toEqual(container);
    expect(read({ store: reopened, container: again }, "d", "1")?.id).toBe("1");
    expect(reopened.catalogue.findOwned("sprocs", again.rid, "sp")?.resource.body).toBe(
      "function(){}",
    );
  });

  test("in use by another server says so", () => {
    const directory = temporaryFolder();
    openStore({ directory });
    expect(() => openStore({ directory })).toThrow(/in use by another server: stop that one/);
  });

  test("of a newer version says so", () => {
    const directory = temporaryFolder();
    openStore({ directory }).close();
    const file = new DatabaseSync(join(directory, "cosmos.db"));
    file.exec("PRAGMA user_version = 99");
    file.close();
    expect(() => openStore({ directory })).toThrow(/format 99.*use the newer version/);
  });

  test("that is damaged says so", () => {
    const directory = temporaryFolder();
    openStore({ directory }).close();
    for (const file of readdirSync(directory).filter((name) => name.startsWith("cosmos.db"))) {
      writeFileSync(
        join(directory, file),
        "this is not a database, whatever its name may say".repeat(99),
      );
    }
    expect(() => openStore({ directory })).toThrow(/is damaged .*restore it from a copy/);
  });
});

test("a seek within a logical partition goes through the composite index, however many documents that has", async () => {
  const store = openStore();
  const container = createContainer(store, { compositeIndexes: [{ paths: ["/pk", "/value"] }] });
  await put({ store, container }, "a", { id: "1", value: 1 });
  const [partition] = container.partitions;
  const plans: string[] = [];
  const prepare = store.db.prepare.bind(store.db);
  store.db.prepare = (sql: string) => {
    if (sql.includes("k0 >=")) {
      const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all("", "", "", 1, "", 1);
      plans.push(rows.map(({ detail }) => detail).join("; "));
    }
    return prepare(sql);
  };
  const source = store.reader(partition!).source(container.compositeIndexes, { pk: key.pk });
  const found = [...source.seek({ index: 0, prefix: ["a"], descending: false })];
  expect(found.map(({ value }) => value.id)).toEqual(["1"]);
  expect(plans).toEqual([
    expect.stringMatching(/^SEARCH \S+ USING INDEX \S+_k0 \(k0>\? AND k0<\?\)$/),
  ]);
});

test("what waits to be committed when its partition splits is committed first", async () => {
  const store = openStore();
  const place = { store, container: createContainer(store) };
  const waiting = put(place, "a", { id: "1" });
  store.split(place.container, place.container.partitions[0]!);
  expect((await waiting).lsn).toBe(1);
  expect(read(place, "a", "1")?.id).toBe("1");
});

test("after a merge each parent's continuation shows its own range all that it has not seen", async () => {
  const store = openStore();
  const container = createContainer(store, { partitions: 2 });
  const place = { store, container };
  const keys = Array.from({ length: 8 }, (_, i) => `key ${i}`);
  const [low, high] = container.partitions;
  for (const pk of keys) for (let n = 0; n < 3; n++) await put(place, pk, { id: `${n}` });
  const unseen = container.partitions.flatMap((partition) =>
    store.reader(partition).changes({ afterLsn: partition === low ? 3 : 1, maxItems: 100 }),
  );
  const lsn = Math.max(low!.lsn, high!.lsn);
  const child = store.merge(container, [low!, high!]);
  expect(child).toMatchObject({ id: "2", parents: ["0", "1"], lsn, minInclusive: "" });
  const shown = [low!, high!].flatMap(({ minInclusive, maxExclusive }, i) =>
    store.reader(child).changes({
      afterLsn: i === 0 ? 3 : 1,
      maxItems: 100,
      scope: { minEpk: minInclusive, maxEpk: maxExclusive },
    }),
  );
  expect(shown).toEqual(unseen);
  await put(place, "key 0", { id: "new" });
  expect(child.lsn).toBe(lsn + 1);
  await expect(store.commit(container, low!, () => undefined)).rejects.toThrow(/split or merged/);
});

test("only neighbours can merge", () => {
  const store = openStore();
  const container = createContainer(store, { partitions: 3 });
  const [first, , third] = container.partitions;
  expect(() => store.merge(container, [first!, third!])).toThrow(/no neighbours/);
});

test("a seek of many documents goes on behind each chunk, up and down, ties by insertion", async () => {
  const store = openStore();
  const place = {
    store,
    container: createContainer(store, { compositeIndexes: [{ paths: ["/value"] }] }),
  };
  await commitIn(place, "a", (transaction) => {
    for (let n = 0; n < 1_500; n++) {
      const body = { id: `${n}`, pk: "a", value: n % 7 };
      transaction.put({ key, id: body.id, body });
    }
  });
  const source = store
    .reader(place.container.partitions[0]!)
    .source(place.container.compositeIndexes, { pk: key.pk });
  const ids = Array.from({ length: 1_500 }, (_, n) => n);
  for (const descending of [false, true]) {
    const expected = ids.toSorted(
      (a, b) => (descending ? (b % 7) - (a % 7) : (a % 7) - (b % 7)) || a - b,
    );
    const found = [...source.seek({ index: 0, prefix: [], descending })];
    expect(found.map(({ value }) => Number(value.id))).toEqual(expected);
    const bounds = { lower: { value: 2, inclusive: true }, upper: { value: 5, inclusive: false } };
    const within = [...source.seek({ index: 0, prefix: [], descending, ...bounds })];
    expect(within.map(({ value }) => Number(value.id))).toEqual(
      expected.filter((n) => n % 7 >= 2 && n % 7 < 5),
    );
  }
});
