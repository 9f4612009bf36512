import {
  type ChangeFeedPullModelIterator,
  ChangeFeedStartFrom,
  type Container,
} from "@azure/cosmos";
import { expect, test } from "vitest";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import type { Store } from "../../local/cosmos/store/store.ts";
import { readAllChanges, readPages } from "./changes.ts";
import { contract, Endpoint, embedded } from "./endpoint.ts";
import type { RawResponse } from "./raw-request.ts";

const ids = (changes: readonly { readonly id: string }[]): readonly string[] =>
  changes.map(({ id }) => id);

const createAll = async (container: Container, names: readonly string[], pk = 1): Promise<void> => {
  for (const id of names) await container.items.create({ id, pk });
};

/** One raw read of the feed of range 0. */
const readRange = (
  endpoint: Endpoint,
  container: Container,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawResponse> => {
  const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
  return endpoint.raw({
    method: "GET",
    path: `/${link}/docs`,
    sign: ["docs", link],
    headers: { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": "0", ...headers },
  });
};

contract("the change feed", (endpoint) => {
  test("from the beginning, 116 items in pages of 20 arrive all and in order", async () => {
    const container = await endpoint.newContainer();
    const names = Array.from({ length: 116 }, (_, i) => `i${i}`);
    await createAll(container, names);
    const { pages } = await readPages(container, { maxItemCount: 20 });
    expect(pages.map(({ length }) => length)).toEqual([20, 20, 20, 20, 20, 16]);
    expect(ids(pages.flat())).toEqual(names);
  });

  test("a continuation delivers exactly what is written after it", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["a", "b"]);
    const { continuation } = await readPages(container);
    const from = { changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuation) };
    expect(await readAllChanges(container, from)).toEqual([]);
    await createAll(container, ["c", "d"]);
    expect(ids(await readAllChanges(container, from))).toEqual(["c", "d"]);
  });

  test("an updated item appears once, at the place of its last change; a deleted one not", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["a", "b", "c"]);
    await container.items.upsert({ id: "a", pk: 1, n: 2 });
    await container.item("b", 1).delete();
    const changes = await readAllChanges(container);
    expect(ids(changes)).toEqual(["c", "a"]);
    expect(changes[1]).toMatchObject({ n: 2 });
  });

  test("each change shows the item as it is read, with the number of its transaction", async () => {
    const container = await endpoint.newContainer();
    const { resource } = await container.items.create({ id: "a", pk: 1, näme: "☃" });
    const [change] = await readAllChanges(container);
    expect(change).toEqual({ ...resource, _lsn: expect.any(Number) });
  });

  test("from now on, it shows only what comes later", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["before"]);
    const { continuation } = await readPages(container, {
      changeFeedStartFrom: ChangeFeedStartFrom.Now(),
    });
    await createAll(container, ["after"]);
    const changeFeedStartFrom = ChangeFeedStartFrom.Continuation(continuation);
    expect(ids(await readAllChanges(container, { changeFeedStartFrom }))).toEqual(["after"]);
  });

  test("from a time on, it shows what was changed after it", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["a"]);
    const past = new Date(Date.now() - 60_000);
    const future = new Date(Date.now() + 60_000);
    const since = (date: Date) => ({ changeFeedStartFrom: ChangeFeedStartFrom.Time(date) });
    expect(ids(await readAllChanges(container, since(past)))).toEqual(["a"]);
    expect(await readAllChanges(container, since(future))).toEqual([]);
  });

  test("of one partition key, it shows no other's changes", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["a", "b"], 1);
    await createAll(container, ["c"], 2);
    const changeFeedStartFrom = ChangeFeedStartFrom.Beginning(2);
    expect(ids(await readAllChanges(container, { changeFeedStartFrom }))).toEqual(["c"]);
  });

  test("of several ranges, it shows every change once, and each key's changes in order", async () => {
    const container = await endpoint.newContainer({ throughput: 25_100 });
    const written: string[] = [];
    for (let i = 0; i < 40; i++) {
      await container.items.create({ id: `${i}`, pk: i % 8 });
      written.push(`${i}`);
    }
    const changes = await readAllChanges(container, { maxItemCount: 3 });
    expect(ids(changes).toSorted()).toEqual(written.toSorted());
    for (let pk = 0; pk < 8; pk++) {
      const ofKey = changes.filter((change) => change.pk === pk).map(({ id }) => Number(id));
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  });

  test("feed ranges divide the container: together they show each change once", async () => {
    const container = await endpoint.newContainer({ throughput: 25_100 });
    for (let i = 0; i < 30; i++) await container.items.create({ id: `${i}`, pk: i });
    const ranges = await container.getFeedRanges();
    expect(ranges.length).toBeGreaterThan(1);
    const shown: string[] = [];
    for (const range of ranges) {
      const changeFeedStartFrom = ChangeFeedStartFrom.Beginning(range);
      shown.push(...ids(await readAllChanges(container, { changeFeedStartFrom })));
    }
    expect(shown.toSorted()).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`).toSorted());
  });

  test("a transaction is never divided: a page of 2 carries all 7 of its items", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["before"]);
    const batch = Array.from({ length: 7 }, (_, i) => ({
      operationType: "Create" as const,
      resourceBody: { id: `t${i}`, pk: 1 },
    }));
    await container.items.batch(batch, 1);
    await createAll(container, ["after"]);
    const { pages } = await readPages(container, { maxItemCount: 2 });
    expect(pages.map((page) => page.length)).toEqual([8, 1]);
    for (const id of ids(pages[0] ?? []).slice(1)) expect(id).toMatch(/^t\d$/);
  });

  test("etags are the numbers of the last transaction, on 200 and on 304", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["a", "b"]);
    const page = await readRange(endpoint, container);
    const { Documents, _count } = JSON.parse(page.text);
    expect([page.status, _count, page.headers["x-ms-item-count"]]).toEqual([200, 2, "2"]);
    expect(page.headers.etag).toBe(`"${Documents[1]._lsn}"`);
    expect(page.headers["x-ms-session-token"]).toMatch(/^0:/);
    const drained = await readRange(endpoint, container, { "if-none-match": page.headers.etag! });
    expect([drained.status, drained.text]).toEqual([304, ""]);
    expect(drained.headers).toMatchObject({
      etag: page.headers.etag,
      "x-ms-item-count": "0",
      "x-ms-request-charge": expect.stringMatching(/^\d+(\.\d+)?$/),
    });
  });

  test("a partition key range that does not exist answers 410/1002", async () => {
    const container = await endpoint.newContainer();
    const headers = { "x-ms-documentdb-partitionkeyrangeid": "77" };
    const gone = await readRange(endpoint, container, headers);
    expect([gone.status, gone.headers["x-ms-substatus"]]).toEqual([410, "1002"]);
    expect(JSON.parse(gone.text)).toMatchObject({ message: expect.any(String) });
  });
});

embedded("what the embedded change feed adds or lacks", (endpoint, server) => {
  test("all versions and deletes answers 501 and its name", async () => {
    const container = await endpoint.newContainer();
    const answer = await readRange(endpoint, container, { "a-im": "Full-Fidelity Feed" });
    expect(answer.status).toBe(501);
    expect(JSON.parse(answer.text).message).toContain("full-fidelity feed");
  });

  test("with Prefer: wait=5 an empty answer is held until the next commit", async () => {
    const container = await endpoint.newContainer();
    await createAll(container, ["a"]);
    const waiting = readRange(endpoint, container, { "if-none-match": "*", prefer: "wait=5" });
    const first = await Promise.race([waiting.then(() => "answered"), pause(100)]);
    expect(first).toBe("still waiting");
    await createAll(container, ["b"]);
    const { status, text } = await waiting;
    expect([status, ids(JSON.parse(text).Documents)]).toEqual([200, ["b"]]);
  });

  test("a held answer of one partition key does not end with another key's commit", async () => {
    const container = await endpoint.newContainer();
    const link = `dbs/${endpoint.database.id}/colls/${container.id}`;
    const waiting = endpoint.raw({
      method: "GET",
      path: `/${link}/docs`,
      sign: ["docs", link],
      headers: {
        "a-im": "Incremental Feed",
        "x-ms-documentdb-partitionkey": "[1]",
        prefer: "wait=5",
      },
    });
    await createAll(container, ["other"], 2);
    await createAll(container, ["own"], 1);
    expect(ids(JSON.parse((await waiting).text).Documents)).toEqual(["own"]);
  });

  test("without changes a held answer is 304 in the end", async () => {
    const container = await endpoint.newContainer();
    expect((await readRange(endpoint, container, { prefer: "wait=1" })).status).toBe(304);
  });

  test("after a split the parent's range is gone, and its continuation works for both children", async () => {
    const container = await endpoint.newContainer();
    for (let i = 0; i < 20; i++) await container.items.create({ id: `${i}`, pk: i });
    const iterator = container.items.getChangeFeedIterator<{ id: string }>({
      changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
      maxItemCount: 5,
    });
    const shown = ids((await iterator.readNext()).result);
    split(server().store, endpoint.database.id, container.id);
    expect((await readRange(endpoint, container)).status).toBe(410);
    for (let i = 20; i < 40; i++) await container.items.create({ id: `${i}`, pk: i });
    const all = [...shown, ...(await readToEnd(iterator))];
    expect(all.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`).toSorted());
  });

  test("after a merge each parent's continuation works for its part of the child", async () => {
    const container = await endpoint.newContainer({ throughput: 12_000 });
    for (let i = 0; i < 20; i++) await container.items.create({ id: `${i}`, pk: i });
    const iterator = container.items.getChangeFeedIterator<{ id: string }>({
      changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
      maxItemCount: 5,
    });
    const shown = ids((await iterator.readNext()).result);
    merge(server().store, endpoint.database.id, container.id);
    for (let i = 20; i < 40; i++) await container.items.create({ id: `${i}`, pk: i });
    const all = [...shown, ...(await readToEnd(iterator))];
    expect(all.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`).toSorted());
  });

  test("closing the server ends held answers", async () => {
    const other = await startCosmosServer({ port: 0 });
    const own = new Endpoint();
    await own.open(other.endpoint, other.key);
    const container = await own.newContainer();
    const waiting = readRange(own, container, { prefer: "wait=5" });
    await pause(50);
    await other.close();
    expect((await waiting).status).toBe(304);
    own.client.dispose();
  });
});

const pause = (ms: number): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, ms, "still waiting"));

type Iterator = ChangeFeedPullModelIterator<{ id: string }>;

const readToEnd = async (iterator: Iterator): Promise<readonly string[]> => {
  const rest: string[] = [];
  for (let empty = 0; empty < 4; ) {
    const { statusCode, result } = await iterator.readNext();
    if (statusCode === 304) empty++;
    else rest.push(...ids(result));
  }
  return rest;
};

const split = (store: Store, databaseId: string, containerId: string): void => {
  const database = store.catalogue.findDatabase(databaseId)!;
  const container = store.catalogue.findContainer(database, containerId)!;
  store.split(container, container.partitions[0]!);
};

const merge = (store: Store, databaseId: string, containerId: string): void => {
  const database = store.catalogue.findDatabase(databaseId)!;
  const container = store.catalogue.findContainer(database, containerId)!;
  const [low, high] = container.partitions;
  store.merge(container, [low!, high!]);
};
