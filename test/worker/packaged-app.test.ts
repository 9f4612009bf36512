import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChangeFeedStartFrom, type Container, CosmosClient } from "@azure/cosmos";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import { packageApp } from "../../infra/deploy/package.ts";
import { provision } from "../../local/azure/provision.ts";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { unpack } from "../package/read-zip.ts";
import { cosmosBatch, httpCall, timerRing } from "./rpc.ts";
import { openTroubledEndpoint, type Trouble, type TroubledEndpoint } from "./troubled-endpoint.ts";
import { type InvocationEnd, startWorker, type Worker } from "./worker.ts";

const NAMES = { database: "todos", container: "items", leaseContainer: "leases" };

let built: string;
let app: ReturnType<typeof unpack>;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "packaged-"));
  const { zipFile } = await packageApp(built);
  app = unpack(await readFile(zipFile));
});
afterAll(async () => {
  app.remove();
  await rm(built, { recursive: true });
});

let server: CosmosServer;
let client: CosmosClient;
let items: Container;
beforeEach(async () => {
  server = await startCosmosServer({ port: 0 });
  client = new CosmosClient(server.connectionString);
  await provision(client, { ...NAMES, appDirectory: built });
  items = client.database(NAMES.database).container(NAMES.container);
});
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  client.dispose();
  await server.close();
});

const endpointBefore = async (): Promise<TroubledEndpoint> => {
  const endpoint = await openTroubledEndpoint(server.connectionString);
  cleanUps.push(endpoint.close);
  return endpoint;
};

const workerOn = async (connectionString: string, timeLimitMs?: number): Promise<Worker> => {
  const worker = await startWorker({
    directory: app.directory,
    environment: { COSMOS: connectionString },
    ...(timeLimitMs && { timeLimitMs }),
  });
  cleanUps.push(() => worker.kill("SIGKILL"));
  return worker;
};

const insert = async (projectId: number, count: number): Promise<void> => {
  const requests = Array.from({ length: count }, (_, n) => ({ n, id: `r-${projectId}-${n}` }));
  await Promise.all(
    requests.map(({ n, id }) =>
      items.items.create({ id, projectId, type: "request", title: `Todo ${n}` }),
    ),
  );
};

/** What the trigger would hand over now: everything, from the beginning, with _lsn. */
const changes = async (): Promise<readonly object[]> => {
  const found: object[] = [];
  const feed = items.items.getChangeFeedIterator({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    maxItemCount: 10_000,
  });
  while (feed.hasMoreResults) {
    const page = await feed.readNext();
    if (page.statusCode === 304) return found;
    found.push(...page.result);
  }
  return found;
};

/**
 * Waits until nothing is pending, then proves the invariants: a drain may go on after the batch
 * that rang for it.
 */
const audited = async () => {
  for (;;) {
    const { pending } = await audit(items);
    if (pending === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { violations, done, todos } = await audit(items, { complete: true });
  return { violations, done, todos };
};
const allDone = (count: number) => ({ violations: [], done: count, todos: count });

/** More than may go on draining behind their batch. */
const PROJECTS = Array.from({ length: 24 }, (_, n) => n + 1);

/** None of these may be in what a healthy worker says. */
const expectHealthy = ({ log }: Worker): void => {
  expect(
    log.filter((line) => /uncaught|not awaited|ExperimentalWarning|Cannot find/.test(line)),
  ).toEqual([]);
};

const replyOf = (end: InvocationEnd) => {
  const { http } = (end as { returnValue: { http: Reply } }).returnValue;
  const text = Buffer.from(http.body.bytes).toString();
  return { status: Number(http.statusCode), body: JSON.parse(text) };
};
type Reply = { readonly statusCode: string; readonly body: { readonly bytes: Uint8Array } };

const submit = (projectId: string, body: object) =>
  httpCall({
    method: "POST",
    path: `/api/projects/${projectId}/requests`,
    params: { projectId },
    body,
  });
const listOf = (projectId: string) =>
  httpCall({
    method: "GET",
    path: `/api/projects/${projectId}/todos?limit=2`,
    params: { projectId },
  });
const requestOf = (projectId: string, id: string) =>
  httpCall({
    method: "GET",
    path: `/api/projects/${projectId}/requests/${id}`,
    params: { projectId, id },
  });

describe("the packaged app in the Node worker", () => {
  test("makes todos of the batch that the trigger hands over", async () => {
    await insert(7, 3);
    await insert(8, 2);
    const worker = await workerOn(server.connectionString);
    const end = await worker.invoke("processRequests", cosmosBatch(await changes()));
    expect(end).toMatchObject({ status: "Success" });
    expect(await audited()).toEqual(allDone(5));
    // The echo of its own writes is a batch, too, and the sweep finds nothing to do.
    expect(await worker.invoke("processRequests", cosmosBatch(await changes()))).toMatchObject({
      status: "Success",
    });
    expect(await worker.invoke("sweep", timerRing())).toMatchObject({ status: "Success" });
    expect(await audited()).toEqual(allDone(5));
    expect(await worker.terminate()).toBe("0");
    expectHealthy(worker);
  });

  test("answers over HTTP what the worker's messages ask", async () => {
    const worker = await workerOn(server.connectionString);
    const accepted = await worker.invoke("submitRequest", submit("7", { title: "Käse", id: "k" }));
    expect(replyOf(accepted)).toMatchObject({ status: 202, body: { id: "k", projectId: 7 } });
    await worker.invoke("processRequests", cosmosBatch(await changes()));
    const read = await worker.invoke("readRequest", requestOf("7", "k"));
    expect(replyOf(read)).toMatchObject({ status: 200, body: { status: "done", todoId: 1 } });
    const listed = await worker.invoke("listTodos", listOf("7"));
    expect(replyOf(listed).body.todos).toEqual([{ todoId: 1, title: "Käse", requestId: "k" }]);
    const refused = await worker.invoke("submitRequest", submit("x", { title: "Käse" }));
    expect(replyOf(refused).status).toBe(400);
    expectHealthy(worker);
  });

  test("has the identity library in it, which it loads at the first token", async () => {
    const worker = await startWorker({
      directory: app.directory,
      environment: {
        COSMOS__accountEndpoint: server.endpoint.replace("http:", "https:"),
        AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential",
      },
    });
    cleanUps.push(() => worker.kill("SIGKILL"));
    for (const project of PROJECTS) await insert(project, 1);
    const end = await worker.invoke("processRequests", cosmosBatch(await changes()));
    expect(end).toMatchObject({ status: "Failure", message: expect.stringMatching(/credential/i) });
    expectHealthy(worker);
  });
});

/**
 * What Cosmos DB does, and what the host must hear of a batch then: what concerns everybody fails,
 * so that the batch comes again; what nobody knows is logged and left to the sweep.
 */
const TROUBLES: readonly (readonly [string, Trouble, RegExp])[] = [
  ["hangs up", "hangs up", /^Failure$/],
  ["answers nonsense", "answers nonsense", /^(Success|Failure)$/],
  ["knows no such key", { status: 401 }, /^Failure$/],
  ["is throttled", { status: 429, substatus: 3200 }, /^Failure$/],
  ["is unavailable", { status: 503 }, /^Failure$/],
];

/** A thrown undefined would have none, and count as success. */
const A_REASON = expect.stringMatching(/\w/);

describe("while Cosmos DB is in trouble", () => {
  test("every function fails by an error or a reply, none by ending the worker", async () => {
    for (const project of PROJECTS) await insert(project, 2);
    const batch = cosmosBatch(await changes());
    const suffer = async ([name, trouble, statuses]: (typeof TROUBLES)[number]): Promise<void> => {
      const endpoint = await endpointBefore();
      const worker = await workerOn(endpoint.connectionString);
      // Who cannot even read the account tries that for minutes; the host's time limit is ten.
      endpoint.decide = ({ isAccount }) => (isAccount && trouble === "hangs up" ? "none" : trouble);
      const [rung, swept, ...replies] = await Promise.all([
        worker.invoke("processRequests", batch),
        worker.invoke("sweep", timerRing()),
        worker.invoke("submitRequest", submit("7", { title: "Later", id: `l-${name}` })),
        worker.invoke("readRequest", requestOf("7", "r-7-0")),
        worker.invoke("listTodos", listOf("7")),
      ]);
      const isFailed = rung.status === "Failure";
      expect({ name, rung, swept }).toMatchObject({
        name,
        rung: { status: expect.stringMatching(statuses), ...(isFailed && { message: A_REASON }) },
        swept: { status: "Failure", message: A_REASON },
      });
      for (const reply of replies) {
        expect([500, 503], name).toContain(replyOf(reply).status);
      }
      // It is the same worker that goes on when the trouble is over.
      endpoint.decide = () => "none";
      expect(await worker.invoke("processRequests", batch)).toMatchObject({ status: "Success" });
      expectHealthy(worker);
    };
    await Promise.all(TROUBLES.map(suffer));
    expect(await audited()).toEqual(allDone(2 * PROJECTS.length));
  });
});

describe("a worker that ends in the middle of a batch", () => {
  /** More than one call of the drain: 100 + 200 + the rest. */
  const COUNT = 350;

  const ringAgain = async (count = COUNT): Promise<void> => {
    const worker = await workerOn(server.connectionString);
    const retry = { retryCount: 1, maxRetryCount: -1 };
    const end = await worker.invoke("processRequests", cosmosBatch(await changes(), retry));
    expect(end).toMatchObject({ status: "Success" });
    expect(await audited()).toEqual(allDone(count));
  };

  test("because an invocation is over its time limit: the next ring finishes the work", async () => {
    for (const project of PROJECTS) await insert(project, 3);
    const endpoint = await endpointBefore();
    const worker = await workerOn(endpoint.connectionString, 3_000);
    let scripts = 0;
    endpoint.decide = ({ isScript }) => {
      if (isScript) scripts += 1;
      return isScript && scripts > 4 ? "never answers" : "none";
    };
    const end = await worker.invoke("processRequests", cosmosBatch(await changes()));
    expect(end).toEqual({ status: "never answered" });
    expect(await worker.ended).toBe("SIGKILL");
    const { pending } = await audit(items);
    expect(pending).toBeGreaterThanOrEqual(3 * (PROJECTS.length - 4));
    await ringAgain(3 * PROJECTS.length);
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "by %s, after a drain whose answer it never saw: nothing is done twice",
    async (signal) => {
      await insert(7, COUNT);
      const endpoint = await endpointBefore();
      const worker = await workerOn(endpoint.connectionString);
      let scripts = 0;
      endpoint.decide = ({ isScript }) => {
        if (isScript) scripts += 1;
        if (!isScript || scripts < 2) return "none";
        void worker.kill(signal);
        return "answer lost";
      };
      worker.start("processRequests", cosmosBatch(await changes()));
      expect(await worker.ended).toBe(signal);
      await ringAgain();
    },
  );

  test("while another has the same batch: both finish, no number is given twice", async () => {
    await insert(7, COUNT);
    const workers = await Promise.all([1, 2].map(() => workerOn(server.connectionString)));
    const batch = cosmosBatch(await changes());
    const ends = await Promise.all(
      workers.map((worker) => worker.invoke("processRequests", batch)),
    );
    expect(ends).toMatchObject([{ status: "Success" }, { status: "Success" }]);
    expect(await audited()).toEqual(allDone(COUNT));
  });
});
