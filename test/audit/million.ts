import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connect } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { startChild } from "../bench/child-process.ts";
import { fillStore } from "./fill-store.ts";

/**
 * Fills a data folder with todos, and measures `verify` against a server of its own process.
 *
 * Whoever reads the figure must know: the server and the auditor share the machine.
 */
const HELP = `npm run bench:audit [-- --todos 1000000] [--projects 10000] [--per-drain 100] [--json]`;

const { values } = parseArgs({
  options: {
    todos: { type: "string", default: "1000000" },
    projects: { type: "string", default: "10000" },
    "per-drain": { type: "string", default: "100" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const repository = join(import.meta.dirname, "../..");
const main = join(repository, "cli/main.ts");

type Verified = {
  readonly todos: number;
  readonly projects: number;
  readonly violationCount: number;
  readonly seconds: number;
  readonly peakMemoryBytes: number;
};

const fill = async (directory: string): Promise<void> => {
  const server = await startCosmosServer({ port: 0, directory });
  const settings = readSettings({ COSMOS: server.connectionString });
  const client = connect(settings);
  await provision(client, { ...settings, appDirectory: join(repository, "dist") });
  const { catalogue } = server.store;
  const database = catalogue.findDatabase(settings.database);
  const container = database && catalogue.findContainer(database, settings.container);
  if (!container) throw new Error("the server has not what was provisioned");
  await fillStore(server.store, container, {
    todos: Number(values.todos),
    projects: Number(values.projects),
    perDrain: Number(values["per-drain"]),
  });
  client.dispose();
  await server.close();
};

const verify = async (directory: string): Promise<Verified> => {
  const server = await startChild(main, ["cosmos", "--json", "--port", "0", "--data", directory]);
  try {
    const { connectionString } = JSON.parse(server.firstLine) as { connectionString: string };
    const file = join(directory, "verify.work");
    const args = ["verify", "--json", "--complete", "--created-once", "--resume", file];
    const verifying = await startChild(main, args, { COSMOS: connectionString });
    await verifying.stop();
    return JSON.parse(verifying.firstLine) as Verified;
  } finally {
    await server.stop();
  }
};

const measure = async (): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), "audit-"));
  try {
    const startedAtMs = performance.now();
    await fill(directory);
    console.error(`filled in ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s`);
    const { todos, projects, violationCount, seconds, peakMemoryBytes } = await verify(directory);
    const figures = {
      todos,
      projects,
      violationCount,
      seconds: Math.round(seconds),
      peakMemoryMegabytes: Math.round(peakMemoryBytes / 1e6),
    };
    if (values.json) console.log(JSON.stringify(figures));
    else console.table(figures);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

if (values.help) console.log(HELP);
else await measure();
