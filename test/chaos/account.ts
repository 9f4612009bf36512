import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Container, CosmosClient, IndexingPolicy } from "@azure/cosmos";
import { connect, itemsContainer, leaseContainer } from "../../client/connect.ts";
import { readSettings, type Settings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";

/** The account as those see it who watch. */
export type Account = {
  readonly client: CosmosClient;
  readonly settings: Settings;
  readonly items: Container;
  readonly leases: Container;
};

const POLICY_FILE = join(import.meta.dirname, "../../infra/bicep/items-indexing-policy.json");

/** Four physical partitions, so that the hosts share the leases. */
const THROUGHPUT_RU = 24_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** Connects over a link that nothing happens to; only the server itself can be away. */
export const connectOwn = (connectionString: string): Account => {
  const settings = readSettings({ COSMOS: connectionString });
  const client = connect(settings, { connectionPolicy: { requestTimeout: REQUEST_TIMEOUT_MS } });
  return {
    client,
    settings,
    items: itemsContainer(client, settings),
    leases: leaseContainer(client, settings),
  };
};

/** Creates what Bicep creates in Azure, the items in several physical partitions. */
export const provisionAccount = async (
  { client, settings }: Account,
  appDirectory: string,
): Promise<void> => {
  const { database: id } = settings;
  const { database } = await client.databases.createIfNotExists({ id });
  await database.containers.createIfNotExists({
    id: settings.container,
    partitionKey: { paths: ["/projectId"], version: 2 },
    indexingPolicy: JSON.parse(await readFile(POLICY_FILE, "utf8")) as IndexingPolicy,
    throughput: THROUGHPUT_RU,
  });
  await provision(client, { ...settings, appDirectory });
};
