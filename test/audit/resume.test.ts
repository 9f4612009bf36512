import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CosmosClient } from "@azure/cosmos";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { type Running, runCommand, temporaryFolder } from "../cli/command-line.ts";
import { counter, done, pending, todo, together } from "./audited-container.ts";
import { type ReadOnlyProxy, startReadOnlyProxy } from "./read-only-proxy.ts";

let server: CosmosServer;
let proxy: ReadOnlyProxy;
let client: CosmosClient;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let work: string;
/** Pages of the change feed that were asked for. */
let pages = 0;
let pageDelayMs = 0;

const DATABASE = "todos";
const PARTITIONS = 8;
const PROJECTS = 40;
const CORRUPT = 3;

beforeAll(async () => {
  server = await startCosmosServer({ port: 0 });
  proxy = await startReadOnlyProxy({
    ...server,
    beforeFeedPage: () => {
      pages += 1;
      return new Promise((resolve) => setTimeout(resolve, pageDelayMs));
    },
  });
  client = new CosmosClient(server.connectionString);
  await client.databases.create({ id: DATABASE });
  await fill("items");
});
afterAll(async () => {
  client.dispose();
  await proxy.close();
  await server.close();
});
beforeEach(async () => {
  folder = await temporaryFolder();
  work = join(folder.directory, "verify.work");
  pages = 0;
  pageDelayMs = 0;
});
afterEach(() => folder.remove());

/** Many projects in many physical partitions, one with a wrong counter, one with a pending request. */
const fill = async (id: string): Promise<void> => {
  const partitionKey = { paths: ["/projectId"], version: 2 };
  const { containers } = client.database(DATABASE);
  await containers.create({ id, partitionKey }, { offerThroughput: PARTITIONS * 6000 });
  const items = containers.database.container(id);
  for (let projectId = 1; projectId <= PROJECTS; projectId += 1) {
    await together(items, done(projectId, 1), todo(projectId, 1), counter(projectId, 1));
    const lastId = projectId === CORRUPT ? 7 : 2;
    await together(items, done(projectId, 2), todo(projectId, 2), counter(projectId, lastId));
  }
  await items.items.create(pending(PROJECTS, 3));
};

const verify = (args: readonly string[] = [], env: Record<string, string> = {}): Running =>
  runCommand(["verify", ...args], { COSMOS: proxy.connectionString, ...env });

/** The figures and violations of a run that ended. */
const verdictOf = async (run: Running) => {
  const verdict = await run.event("verified");
  const { seconds, peakMemoryBytes, event, ...rest } = verdict;
  return { exitCode: await run.end, ...rest };
};

const savedWork = (): Promise<string> => readFile(work, "utf8").catch(() => "");

const changeOfSavedWork = async (before: string): Promise<string> => {
  for (;;) {
    const now = await savedWork();
    if (now !== before && now !== "") return now;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test("verify, killed twice, goes on from where it was and comes to the same verdict", async () => {
  const undisturbed = await verdictOf(verify());
  expect(undisturbed).toMatchObject({
    exitCode: 1,
    projects: PROJECTS,
    todos: 2 * PROJECTS,
    done: 2 * PROJECTS,
    pending: 1,
    violationCount: 1,
    violations: [{ kind: "counter-wrong", project: String(CORRUPT), ids: ["counter"] }],
  });
  const pagesOfAll = pages;
  pageDelayMs = 150;
  let saved = "";
  for (let kill = 0; kill < 2; kill += 1) {
    const run = verify(["--resume", work]);
    saved = await changeOfSavedWork(saved);
    saved = await changeOfSavedWork(saved);
    run.killGroup();
    expect(await run.end).toBe("SIGKILL");
    if (kill > 0) continue;
    expect(run.errorLines.join("\n")).toMatch(/^documents read: \d+, percent: \d+ of 100$/m);
  }
  pageDelayMs = 0;
  pages = 0;
  const run = verify(["--resume", work]);
  expect(await verdictOf(run)).toEqual(undisturbed);
  expect(run.errorLines.join("\n")).toContain("goes on with the work in");
  expect(pages).toBeLessThan(pagesOfAll);
  expect(await savedWork()).toBe("");
  expect(proxy.refused).toEqual([]);
}, 180_000);

test("a damaged file stops verify before it reads, with exit code 2", async () => {
  await writeFile(work, '{"name":"package"}');
  const run = verify(["--resume", work]);
  expect(await run.end).toBe(2);
  expect(run.errorLines.at(-1)).toMatch(
    /verify.work is damaged, or no work of "verify"; delete it/,
  );
  expect(await savedWork()).toBe('{"name":"package"}');
  expect(pages).toBe(0);
});
