import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container, CosmosClient } from "@azure/cosmos";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings, type Settings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";
import { startChild } from "./child-process.ts";

const repository = join(import.meta.dirname, "../..");
export const appDirectory = join(repository, "dist");

/** Server and function host, each a process of its own, with a client of this process. */
export type LocalAzure = {
  readonly endpoint: string;
  readonly settings: Settings;
  readonly client: CosmosClient;
  readonly container: Container;
  /** RU that the server has charged since it started. */
  readonly chargedRu: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** Starts on an empty data folder with every commit fsynced; `withFunctions` false: the server alone. */
export const startLocalAzure = async (withFunctions: boolean): Promise<LocalAzure> => {
  const data = mkdtempSync(join(tmpdir(), "bench-"));
  const server = await startChild(join(repository, "cli/main.ts"), [
    "cosmos",
    "--json",
    ...["--port", "0", "--data", data],
  ]);
  const { endpoint, connectionString } = JSON.parse(server.firstLine) as {
    endpoint: string;
    connectionString: string;
  };
  const settings = readSettings({ COSMOS: connectionString });
  const client = connect(settings, { longPollSeconds: 1 });
  await provision(client, { ...settings, appDirectory });
  const host = withFunctions
    ? await startChild(join(import.meta.dirname, "host-process.ts"), [appDirectory], {
        COSMOS: connectionString,
      })
    : undefined;
  return {
    endpoint,
    settings,
    client,
    container: itemsContainer(client, settings),
    chargedRu: async () => {
      const response = await fetch(new URL("/_local/charges", endpoint));
      return ((await response.json()) as { totalRu: number }).totalRu;
    },
    stop: async () => {
      client.dispose();
      await host?.stop();
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
};
