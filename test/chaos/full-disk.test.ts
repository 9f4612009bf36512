import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CosmosClient } from "@azure/cosmos";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerConfig, ServerFacts } from "../../cli/processes/messages.ts";
import { type Child, createChild } from "./child.ts";
import { canFillDisk, fillDisk, freeDisk, logBytes } from "./full-disk.ts";

const SERVER_FILE = join(import.meta.dirname, "../../cli/processes/server-process.ts");

/** Only Linux can take the room from a process that runs. */
const isPossible = await canFillDisk();

let folder: string;
let data: string;
let server: Child<ServerFacts>;
let client: CosmosClient;
const deaths: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "full-disk-"));
  data = join(folder, "data");
  server = createChild<ServerConfig, ServerFacts>({
    name: "server",
    file: SERVER_FILE,
    config: () => ({ port: 0, directory: data }),
    logFile: join(folder, "server.log"),
    onDeath: (how) => deaths.push(how),
  });
  await connect();
});
afterEach(async () => {
  client.dispose();
  await server.kill();
  rmSync(folder, { recursive: true });
  expect(deaths.splice(0)).toEqual([]);
});

const connect = async (): Promise<void> => {
  const facts = await server.start();
  client = new CosmosClient(facts!.connectionString);
};

const create = (id: string) =>
  client
    .database("db")
    .container("items")
    .items.create({ id, pk: 1, filler: "x".repeat(3_000) })
    .then(({ statusCode }) => statusCode);

const idsNow = async () => {
  const query = "SELECT VALUE c.id FROM c";
  const { resources } = await client
    .database("db")
    .container("items")
    .items.query(query)
    .fetchAll();
  return new Set(resources as string[]);
};

const REFUSED = {
  code: 503,
  message: expect.stringContaining("check the disk that holds the data"),
};

test.runIf(isPossible)(
  "a server without room outlives items that expire meanwhile, and a container that cannot be deleted keeps its scripts",
  async () => {
    const { database } = await client.databases.create({ id: "db" });
    const { container } = await database.containers.create({
      id: "items",
      partitionKey: { paths: ["/pk"] },
      defaultTtl: 1,
    });
    await container.scripts.storedProcedures.create({ id: "script", body: "function () {}" });
    await create("expires");
    const pid = server.pid()!;
    await fillDisk(pid, 0);
    await expect(container.delete()).rejects.toMatchObject(REFUSED);
    const { resources } = await container.scripts.storedProcedures.readAll().fetchAll();
    expect(resources.map(({ id }) => id)).toEqual(["script"]);
    // Until the server would have removed it for good, and some more.
    while ((await idsNow()).size > 0) await sleep(50);
    await sleep(2_500);
    await freeDisk(pid);
    expect(await create("after")).toBe(201);
    expect(server.pid()).toBe(pid);
  },
);

test.runIf(isPossible).each([0, 10_000])(
  "a server with %i bytes of room refuses with 503, serves reads, goes on when there is room, and keeps what it acknowledged",
  async (roomBytes) => {
    const { database } = await client.databases.create({ id: "db" });
    await database.containers.create({ id: "items", partitionKey: { paths: ["/pk"] } });
    const kept = new Set<string>();
    for (let n = 0; n < 5; n += 1) {
      await create(`before-${n}`);
      kept.add(`before-${n}`);
    }
    const pid = server.pid()!;
    await fillDisk(pid, roomBytes === 0 ? 0 : logBytes(data) + roomBytes);
    let refused = 0;
    for (let n = 0; n < 10; n += 1) {
      try {
        await create(`full-${n}`);
        kept.add(`full-${n}`);
      } catch (error) {
        expect(error).toMatchObject(REFUSED);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(5);
    expect(await idsNow()).toEqual(kept);
    await expect(client.databases.create({ id: "other" })).rejects.toMatchObject(REFUSED);

    await freeDisk(pid);
    expect(await create("after")).toBe(201);
    kept.add("after");
    expect(server.pid()).toBe(pid);
    await server.kill();
    client.dispose();
    await connect();
    expect(await idsNow()).toEqual(kept);
  },
);
