import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { buildAll } from "../../build.ts";
import { connect } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { cosmosBatch, httpCall, timerRing } from "./rpc.ts";
import { startWorker, type Worker } from "./worker.ts";

const NAMES = { database: "todos", container: "items", leaseContainer: "leases" };
const REQUEST = { id: "r", projectId: 7, type: "request", title: "t" };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "start-up-"));
  await buildAll(directory);
});
afterAll(() => rm(directory, { recursive: true }));

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const workerOn = async (environment: Record<string, string>): Promise<Worker> => {
  const worker = await startWorker({ directory, environment });
  cleanUps.push(() => worker.kill("SIGKILL"));
  return worker;
};

test("a wrong setting blocks the app and says what to set", async () => {
  const start = startWorker({ directory, environment: { DURABILITY: "planet" } });
  await expect(start).rejects.toThrow('DURABILITY is none of "local", "zone" and "region"');
});

test("a wrong deployment is refused by every function, and mended without a restart", async () => {
  const server = await startCosmosServer({ port: 0 });
  cleanUps.push(server.close);
  const client = connect(readSettings({ COSMOS: server.connectionString }));
  cleanUps.push(() => client.dispose());
  await provision(client, { ...NAMES, appDirectory: directory });
  const items = client.database("todos").container("items");
  const [drain] = (await items.scripts.storedProcedures.readAll().fetchAll()).resources;
  if (drain === undefined) throw new Error("there is no stored procedure");
  await items.scripts.storedProcedure(drain.id).delete();
  await items.items.create(REQUEST);

  const worker = await workerOn({ COSMOS: server.connectionString });
  const refused = new RegExp(`refuses to run: the stored procedure ${drain.id} of this build`);
  const ring = () => worker.invoke("processRequests", cosmosBatch([REQUEST]));
  expect(await ring()).toMatchObject({
    status: "Failure",
    message: expect.stringMatching(refused),
  });
  expect(await worker.invoke("sweep", timerRing())).toMatchObject({ status: "Failure" });
  const submitted = await worker.invoke(
    "submitRequest",
    httpCall({
      method: "POST",
      path: "/api/projects/7/requests",
      params: { projectId: "7" },
      body: {},
    }),
  );
  expect(submitted).toMatchObject({ returnValue: { http: { statusCode: "500" } } });
  expect(worker.log.join("\n")).toMatch(refused);

  await items.scripts.storedProcedures.create({ id: drain.id, body: String(drain.body) });
  expect(await ring()).toMatchObject({ status: "Success" });
  expect((await items.item("r", 7).read()).resource).toMatchObject({ status: "done", todoId: 1 });
});
