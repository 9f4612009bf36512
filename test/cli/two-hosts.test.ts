import { afterEach, expect, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import type {
  FunctionsConfig,
  FunctionsFacts,
  ServerConfig,
  ServerFacts,
} from "../../cli/processes/messages.ts";
import { type Supervised, supervise } from "../../cli/processes/supervise.ts";
import { waitUntilSettled } from "../../cli/start/wait-until-settled.ts";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { createSubmitter } from "../../client/submit.ts";
import { provision } from "../../local/azure/provision.ts";
import { temporaryFolder } from "./command-line.ts";
import { todosOf } from "./read-todos.ts";
import { buildVariant } from "./variant-app.ts";

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const KILLS = 6;
const LOAD_EVERY_MS = 20;
const PROJECTS = 12;

test("two function hosts on one server, killed in turn under load, break no invariant", async () => {
  const { directory, remove } = await temporaryFolder();
  cleanUps.push(remove);
  const app = await buildVariant([]);
  cleanUps.push(app.remove);
  const server = await startServer(directory);
  const COSMOS = server.facts.connectionString;
  const settings = readSettings({ COSMOS });
  const client = connect(settings);
  cleanUps.push(() => client.dispose());
  const items = itemsContainer(client, settings);
  await provision(client, { ...settings, appDirectory: app.directory });
  const hosts = [
    await startHost(app.directory, COSMOS, "host 1"),
    await startHost(app.directory, COSMOS, "host 2"),
  ];

  const submitter = createSubmitter(items);
  const submitted = new Map<number, string[]>();
  let isLoading = true;
  const load = (async () => {
    for (let n = 0; isLoading; n += 1) {
      const projectId = 1 + (n % PROJECTS);
      const title = `title ${n}`;
      submitted.set(projectId, [...(submitted.get(projectId) ?? []), title]);
      await submitter.submit({ projectId, title, id: `r${n}` });
      await sleep(LOAD_EVERY_MS);
    }
  })();

  const recoveriesMs: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(500 + Math.random() * 1500);
    const victims = kill % 3 === 2 ? [server] : [hosts[kill % 2]];
    for (const victim of victims) process.kill(Number(victim?.pid()), "SIGKILL");
    recoveriesMs.push(await untilNextIsDone(items, `probe-${kill}`));
  }
  isLoading = false;
  await load;
  await waitUntilSettled(items, () => undefined);

  const seconds = recoveriesMs.map((ms) => (ms / 1000).toFixed(1)).join(", ");
  console.log(`seconds from a kill -9 until a request submitted then is done: ${seconds}`);
  const report = await audit(items, { complete: true });
  expect(report.violations).toEqual([]);
  const todos = new Map(await todosOf(client));
  todos.delete(PROBE_PROJECT);
  expect(todos).toEqual(new Map([...submitted].sort(([one], [other]) => one - other)));
}, 240_000);

const PROBE_PROJECT = 1000;

const untilNextIsDone = async (
  items: ReturnType<typeof itemsContainer>,
  id: string,
): Promise<number> => {
  const startedAt = performance.now();
  await createSubmitter(items).submit({ projectId: PROBE_PROJECT, title: id, id });
  for (;;) {
    const resource = await items
      .item(id, PROBE_PROJECT)
      .read()
      .then((response) => response.resource)
      .catch(() => undefined);
    if (resource?.status === "done") return performance.now() - startedAt;
    await sleep(20);
  }
};

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const startServer = async (directory: string): Promise<Supervised<ServerFacts>> => {
  const server = await supervise<ServerConfig, ServerFacts>({
    name: "Cosmos DB",
    file: "server-process.ts",
    config: { directory, port: 0 },
    configAgain: ({ endpoint }) => ({ directory, port: Number(new URL(endpoint).port) }),
    note: () => undefined,
  });
  cleanUps.push(server.stop);
  return server;
};

const startHost = async (appDirectory: string, COSMOS: string, name: string) => {
  const config = { port: 0, appDirectory, settings: { COSMOS } };
  const host = await supervise<FunctionsConfig, FunctionsFacts>({
    name,
    file: "functions-process.ts",
    config,
    configAgain: () => config,
    note: () => undefined,
  });
  cleanUps.push(host.stop);
  return host;
};
