import { randomUUID } from "node:crypto";
import { CosmosClient } from "@azure/cosmos";
import { issueToken } from "../../local/cosmos/access/entra-token.ts";
import type { RoleAssignment } from "../../local/cosmos/access/principal.ts";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { type RawResponse, rawRequest, type SignedRequest } from "../contract/raw-request.ts";

/** A server with the containers `todos/items` and `todos/leases`, and what some roles get there. */
export type EntraAccount = {
  readonly server: CosmosServer;
  readonly principalId: string;
  readonly owner: CosmosClient;
  /** Sends one request as the principal, as the SDKs write its token. */
  readonly send: (request: SignedRequest, token?: string) => Promise<RawResponse>;
  readonly close: () => Promise<void>;
};

type Options = { readonly roles: readonly RoleAssignment[]; readonly disableLocalAuth?: boolean };

export const startEntraAccount = async (options: Options): Promise<EntraAccount> => {
  const principalId = randomUUID();
  const { roles, disableLocalAuth = false } = options;
  const server = await startCosmosServer({
    port: 0,
    entra: { principals: [{ principalId, roles }], disableLocalAuth },
  });
  const owner = new CosmosClient(server.connectionString);
  if (!disableLocalAuth) await createContainers(owner);
  const expiresAtMs = Date.now() + 60_000;
  const own = issueToken(server.key, { principalId, expiresAtMs });
  return {
    server,
    principalId,
    owner,
    send: (request, token = own) => {
      const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
      return rawRequest(server, { ...request, headers: { authorization, ...request.headers } });
    },
    close: async () => {
      owner.dispose();
      await server.close();
    },
  };
};

const createContainers = async (owner: CosmosClient): Promise<void> => {
  const { database } = await owner.databases.create({ id: "todos" });
  for (const [id, key] of [
    ["items", "/projectId"],
    ["leases", "/id"],
  ] as const) {
    await database.containers.create({ id, partitionKey: { paths: [key], version: 2 } });
  }
};

/** What an answer was refused with, `"403/5302"`, or its status. */
export const statusOf = ({ status, headers }: RawResponse): string => {
  const substatus = headers["x-ms-substatus"];
  return substatus === undefined ? String(status) : `${status}/${substatus}`;
};

const CONTAINERS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers";
export const READ_METADATA = "Microsoft.DocumentDB/databaseAccounts/readMetadata";

/** Names an action of containers or items in full. */
export const actionOf = (name: string): string => `${CONTAINERS}/${name}`;

/** The built-in role 00000000-0000-0000-0000-000000000002. */
export const DATA_CONTRIBUTOR = [READ_METADATA, actionOf("*"), actionOf("items/*")];
