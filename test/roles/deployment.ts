import { randomUUID } from "node:crypto";
import type { Container, CosmosClient } from "@azure/cosmos";
import { buildAll } from "../../build.ts";
import { connect, itemsContainer, leaseContainer } from "../../client/connect.ts";
import { readSettings, type Settings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";
import { issueToken } from "../../local/cosmos/access/entra-token.ts";
import type { RoleAssignment } from "../../local/cosmos/access/principal.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { temporaryFolder } from "../cli/command-line.ts";
import { identityEndpoint } from "./managed-identity.ts";
import { startTlsFront } from "./tls-front.ts";

/** The pipeline's account over TLS, and one identity with the roles that it was given. */
export type Deployment = {
  /** The object id of the identity. */
  readonly principalId: string;
  /** What a program is started with in Azure. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: Settings;
  /** Opens what the program opens; tokens come from `DefaultAzureCredential`. */
  readonly asIdentity: () => Opened;
  /** Whoever has the key may do everything. */
  readonly owner: Opened;
  /** The built app. */
  readonly appDirectory: string;
  /** What the identity sent: `POST /dbs/todos/colls/items/docs query 200`. */
  readonly seen: readonly string[];
  readonly tokensAskedFor: () => readonly string[];
  readonly close: () => Promise<void>;
};

export type Opened = {
  readonly client: CosmosClient;
  readonly items: Container;
  readonly leases: Container;
};

export type DeploymentOptions = {
  readonly roles: readonly RoleAssignment[];
  readonly appDirectory: string;
};

/** How often a lease was taken, moved or renewed. */
export const leaseWrites = ({ seen }: Deployment): number =>
  seen.filter((each) => /^PUT \/dbs\/todos\/colls\/leases\/docs\/.* 200$/.test(each)).length;

/** Deploys everything, and gives one identity its roles. */
export const deploy = async ({ roles, appDirectory }: DeploymentOptions) => {
  const principalId = randomUUID();
  const clientId = randomUUID();
  const server = await startCosmosServer({
    port: 0,
    entra: { principals: [{ principalId, roles }] },
  });
  const front = await startTlsFront(server.endpoint);
  const tokenUntil = (expiresAtMs: number) => issueToken(server.key, { principalId, expiresAtMs });
  const identity = await identityEndpoint();
  identity.add(clientId, tokenUntil);
  const environment = {
    COSMOS__accountEndpoint: front.endpoint,
    COSMOS__clientId: clientId,
    ...identity.environment,
  };
  const settings = readSettings(environment);
  const opened: CosmosClient[] = [];
  const open = (as: Settings): Opened => {
    const client = connect(as);
    opened.push(client);
    return {
      client,
      items: itemsContainer(client, settings),
      leases: leaseContainer(client, settings),
    };
  };
  const owner = open(readSettings({ COSMOS: server.connectionString }));
  const { database, container, leaseContainer: leases } = settings;
  await provision(owner.client, { database, container, leaseContainer: leases, appDirectory });
  const deployment: Deployment = {
    principalId,
    environment,
    settings,
    owner,
    appDirectory,
    seen: front.seen,
    asIdentity: () => {
      Object.assign(process.env, identity.environment);
      return open(settings);
    },
    tokensAskedFor: () => identity.askedFor(clientId),
    close: async () => {
      for (const client of opened) client.dispose();
      await front.close();
      await server.close();
    },
  };
  return deployment;
};

/** Builds function app and stored procedure into a folder of their own. */
export const buildApp = async () => {
  const { directory, remove } = await temporaryFolder();
  await buildAll(directory);
  return { appDirectory: directory, remove };
};
