import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Container, CosmosClient, type Database } from "@azure/cosmos";
import {
  type CosmosServer,
  type CosmosServerOptions,
  startCosmosServer,
} from "../../local/cosmos/server.ts";
import type { Change } from "./delivered-changes.ts";

/** An embedded server of its own, with the containers that a scenario needs. */
export type EmbeddedAccount = {
  readonly connectionString: string;
  readonly endpoint: string;
  readonly client: CosmosClient;
  readonly database: Database;
  readonly items: Container;
  readonly leases: Container;
  readonly store: CosmosServer["store"];
};

export const DATABASE = "todos";
export const ITEMS = "items";
export const LEASES = "leases";

/** What the pipeline's queries need, as it is deployed. */
const INDEXING_POLICY = join(import.meta.dirname, "../../infra/bicep/items-indexing-policy.json");

/** The embedded server gives a container one physical partition for each 6,000 RU/s. */
const RU_PER_PARTITION = 6_000;

/**
 * Runs with an embedded server on a free port and a temporary folder, both gone at the end.
 *
 * shape   partitions: how many physical partitions the container of items has
 */
export const withEmbeddedAccount = async <A>(
  partitions: number,
  use: (account: EmbeddedAccount) => Promise<A>,
  options: Pick<CosmosServerOptions, "entra"> = {},
): Promise<A> => {
  const directory = mkdtempSync(join(tmpdir(), "interop-"));
  const removeFolder = (): void => rmSync(directory, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const server = await startCosmosServer({ directory, port: 0, ...options });
  const client = new CosmosClient(server.connectionString);
  try {
    const { connectionString, endpoint, store } = server;
    const containers = await createContainers(client, partitions);
    return await use({ connectionString, endpoint, client, store, ...containers });
  } finally {
    client.dispose();
    await server.close();
    process.off("exit", removeFolder);
    removeFolder();
  }
};

/** Raises the throughput, upon which the embedded server splits partitions as Azure does. */
export const scaleToPartitions = async (
  { client, items }: EmbeddedAccount,
  partitions: number,
): Promise<void> => {
  const { offer, resource } = await items.readOffer();
  if (!offer || !resource?.content) throw new Error("The container has no throughput of its own.");
  const offerThroughput = partitions * RU_PER_PARTITION;
  const content = { ...resource.content, offerThroughput };
  await client.offer(offer.id).replace({ ...resource, content });
};

/** Joins the two lowest partitions, as an operator's merge does on Azure. */
export const mergeLowest = ({ store, items }: EmbeddedAccount): void => {
  const database = store.catalogue.findDatabase(DATABASE);
  const container = database && store.catalogue.findContainer(database, items.id);
  const [first, second] = container?.partitions ?? [];
  if (!(container && first && second)) throw new Error("There are no two partitions to merge.");
  store.merge(container, [first, second]);
};

/** Reads what the present version of each item is; `writeProjects` made them. */
export const allItems = async (items: Container): Promise<readonly Change[]> => {
  const { resources } = await items.items
    .query<Change>("SELECT c.id, c.projectId, c.transaction, c._etag FROM c")
    .fetchAll();
  return resources;
};

const createContainers = async (
  client: CosmosClient,
  partitions: number,
): Promise<Pick<EmbeddedAccount, "database" | "items" | "leases">> => {
  const { database } = await client.databases.create({ id: DATABASE });
  const { container: items } = await database.containers.create({
    id: ITEMS,
    partitionKey: { paths: ["/projectId"], version: 2 },
    indexingPolicy: JSON.parse(readFileSync(INDEXING_POLICY, "utf8")),
    throughput: partitions * RU_PER_PARTITION,
  });
  const { container: leases } = await database.containers.create({
    id: LEASES,
    partitionKey: { paths: ["/id"], version: 2 },
    defaultTtl: -1,
  });
  return { database, items, leases };
};
