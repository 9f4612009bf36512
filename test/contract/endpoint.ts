import { randomUUID } from "node:crypto";
import {
  type Container,
  type ContainerRequest,
  CosmosClient,
  type CosmosClientOptions,
  type Database,
  type ErrorResponse,
} from "@azure/cosmos";
import { afterAll, beforeAll, describe } from "vitest";
import {
  type CosmosServer,
  type CosmosServerOptions,
  startCosmosServer,
} from "../../local/cosmos/server.ts";
import { type RawResponse, rawRequest, type SignedRequest } from "./raw-request.ts";

/** A server under contract, with a database of its own for one suite. */
export class Endpoint {
  endpoint = "";
  key = "";
  client!: CosmosClient;
  database!: Database;
  #containers = 0;

  async open(endpoint: string, key: string): Promise<void> {
    this.endpoint = endpoint;
    this.key = key;
    this.client = this.newClient();
    const { database } = await this.client.databases.create({ id: `contract-${randomUUID()}` });
    this.database = database;
  }

  async close(): Promise<void> {
    await this.database.delete();
    this.client.dispose();
  }

  newClient(options: Partial<CosmosClientOptions> = {}): CosmosClient {
    return new CosmosClient({ endpoint: this.endpoint, key: this.key, ...options });
  }

  async newContainer(
    definition: Omit<ContainerRequest, "id"> & { id?: string } = {},
  ): Promise<Container> {
    const { container } = await this.database.containers.create({
      id: `c${++this.#containers}`,
      partitionKey: { paths: ["/pk"], version: 2 },
      ...definition,
    } as ContainerRequest);
    return container;
  }

  raw(request: SignedRequest): Promise<RawResponse> {
    return rawRequest(this, request);
  }
}

const external = process.env.COSMOS_TEST_ENDPOINT;
const externalKey = process.env.COSMOS_TEST_KEY;

/** Runs a suite against the embedded server, and against a real account when one is configured. */
export const contract = (title: string, suite: (endpoint: Endpoint) => void): void => {
  embedded(title, suite);
  if (!external || !externalKey) return;
  describe(`${title} (${external})`, () => {
    const endpoint = new Endpoint();
    beforeAll(() => endpoint.open(external, externalKey));
    afterAll(() => endpoint.close());
    suite(endpoint);
  });
};

/** Runs a suite against the embedded server only, since it needs what only that one has. */
export const embedded = (
  title: string,
  suite: (endpoint: Endpoint, server: () => CosmosServer) => void,
  options: Partial<CosmosServerOptions> = {},
): void => {
  describe(`${title} (embedded server)`, () => {
    const endpoint = new Endpoint();
    let server: CosmosServer;
    beforeAll(async () => {
      server = await startCosmosServer({ port: 0, ...options });
      await endpoint.open(server.endpoint, server.key);
    });
    afterAll(async () => {
      await endpoint.close();
      await server.close();
    });
    suite(endpoint, () => server);
  });
};

/** What a refused call was refused with: `"409"`, or `"404/1003"` with a substatus. */
export const refusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
  } catch (error) {
    const { code, substatus } = error as ErrorResponse;
    return substatus ? `${code}/${substatus}` : String(code);
  }
  return "not refused";
};
