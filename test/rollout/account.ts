import { type Channel, channel } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Container, CosmosClient, type OfferDefinition } from "@azure/cosmos";
import { provision } from "../../local/azure/provision.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import type { Version } from "./two-versions.ts";

/** A call of a stored procedure that the server answered with 200: it was executed and committed. */
export type DrainCall = { readonly drain: string; readonly project: string };

export type Account = {
  readonly connectionString: string;
  readonly client: CosmosClient;
  readonly items: Container;
  /** What Bicep does in a roll-out: adds the version's stored procedure and takes none away. */
  readonly deployDrain: (version: Version) => Promise<void>;
  readonly drainNames: () => Promise<readonly string[]>;
  readonly calls: readonly DrainCall[];
  readonly close: () => Promise<void>;
};

const NAMES = { database: "todos", container: "items", leaseContainer: "leases" };

/** Enough for four physical partitions, so that two hosts have leases at the same time. */
const THROUGHPUT_RU = 24_000;

/** Starts an account without stored procedure, and notes which ones are executed. */
export const startAccount = async (): Promise<Account> => {
  const server = await startCosmosServer({ port: 0 });
  const client = new CosmosClient(server.connectionString);
  const items = client.database(NAMES.database).container(NAMES.container);
  const { calls, stop } = noteCalls(Number(new URL(server.endpoint).port));
  return {
    connectionString: server.connectionString,
    client,
    items,
    calls,
    deployDrain: async ({ directory }) => {
      await provision(client, { ...NAMES, appDirectory: directory });
      await raiseThroughput(items);
    },
    drainNames: async () => {
      const { resources } = await items.scripts.storedProcedures.readAll().fetchAll();
      return resources.map(({ id }) => id);
    },
    close: async () => {
      stop();
      client.dispose();
      await server.close();
    },
  };
};

const raiseThroughput = async (items: Container): Promise<void> => {
  const { resource, offer } = await items.readOffer();
  const content = { ...resource?.content, offerThroughput: THROUGHPUT_RU };
  await offer?.replace({ ...resource, content } as OfferDefinition);
};

type Answered = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** Node tells of every HTTP answer in this process; those of this port are the server's. */
const noteCalls = (port: number) => {
  const calls: DrainCall[] = [];
  const answers: Channel = channel("http.server.response.finish");
  const note = (message: unknown): void => {
    const { request, response } = message as Answered;
    const [, drain] = /\/sprocs\/([^/?]+)$/.exec(request.url ?? "") ?? [];
    const isOurs = request.socket.localPort === port && request.method === "POST";
    if (drain === undefined || !isOurs || response.statusCode !== 200) return;
    calls.push({ drain, project: String(request.headers["x-ms-documentdb-partitionkey"]) });
  };
  answers.subscribe(note);
  return { calls, stop: () => void answers.unsubscribe(note) };
};
