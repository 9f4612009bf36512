import { randomUUID } from "node:crypto";
import type { Container, CosmosClient, CosmosClientOptions } from "@azure/cosmos";
import { connect, itemsContainer, leaseContainer } from "../../client/connect.ts";
import type { Settings } from "../../client/settings.ts";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";

/** A database of its own on an embedded server, as a client sees it. */
export type Account = {
  readonly server: CosmosServer;
  readonly settings: Settings;
  readonly client: CosmosClient;
  readonly items: Container;
  readonly leases: Container;
};

type Transport = NonNullable<CosmosClientOptions["httpClient"]>;

/** The embedded server gives a container one physical partition for each 6,000 RU/s. */
const RU_PER_PARTITION = 6_000;

export const startServer = (): Promise<CosmosServer> => startCosmosServer({ port: 0 });

/** Creates a database with the containers of the pipeline. */
export const createAccount = async (server: CosmosServer, partitions = 1): Promise<Account> => {
  const settings: Settings = {
    account: { kind: "key", endpoint: server.endpoint, key: server.key },
    database: `todos-${randomUUID()}`,
    container: "items",
    leaseContainer: "leases",
  };
  const account = openAccount(server, settings);
  const { database } = await account.client.databases.create({ id: settings.database });
  await database.containers.create({
    id: settings.container,
    partitionKey: { paths: ["/projectId"], version: 2 },
    throughput: partitions * RU_PER_PARTITION,
  });
  await database.containers.create({
    id: settings.leaseContainer,
    partitionKey: { paths: ["/id"], version: 2 },
    defaultTtl: -1,
  });
  return account;
};

/** Connects once more, as another host would. */
export const openAccount = (
  server: CosmosServer,
  settings: Settings,
  transport?: Transport,
): Account => {
  const client = connect(settings, transport ? { transport } : {});
  return {
    server,
    settings,
    client,
    items: itemsContainer(client, settings),
    leases: leaseContainer(client, settings),
  };
};

/** Raises the throughput, upon which the embedded server splits partitions as Azure does. */
export const splitInto = async ({ client, items }: Account, partitions: number): Promise<void> => {
  const { resource } = await items.readOffer();
  if (!resource?.content) throw new Error("The container has no throughput of its own");
  const content = { ...resource.content, offerThroughput: partitions * RU_PER_PARTITION };
  await client.offer(resource.id).replace({ ...resource, content });
};

/** Joins the two lowest partitions, as an operator's merge does on Azure; no request can ask for it. */
export const mergeLowest = ({ server, settings, items }: Account): void => {
  const { catalogue } = server.store;
  const database = catalogue.findDatabase(settings.database);
  const container = database && catalogue.findContainer(database, items.id);
  const [first, second] = container?.partitions ?? [];
  if (!(container && first && second)) throw new Error("There are no two partitions to merge");
  server.store.merge(container, [first, second]);
};
