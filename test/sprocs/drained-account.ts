import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Container, CosmosClient, IndexingPolicy } from "@azure/cosmos";
import * as E from "fp-ts/lib/Either.js";
import { bundleDrain } from "../../build.ts";
import { connect, itemsContainer } from "../../client/connect.ts";
import { decodeSettings } from "../../client/settings.ts";
import { DrainResult } from "../../domain/drain-contract.ts";
import { type CallDrain, callDrainIn } from "../../functions/drain-project.ts";
import { projectOf } from "../../functions/project.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";

export type DrainedAccount = {
  readonly client: CosmosClient;
  readonly container: Container;
  readonly callDrain: CallDrain;
  /** Calls the drain once for a partition key. */
  readonly drain: (
    partitionKey: unknown,
    options?: { limit?: number; feedOrder?: readonly string[] },
  ) => Promise<DrainResult>;
  readonly close: () => Promise<void>;
};

const POLICY = join(import.meta.dirname, "../../infra/bicep/items-indexing-policy.json");

/** Starts an embedded server with the containers and the stored procedure as they are deployed. */
export const startDrainedAccount = async (now?: () => number): Promise<DrainedAccount> => {
  const server = await startCosmosServer({ port: 0, ...(now && { now }) });
  const settings = decodeSettings({ COSMOS: server.connectionString });
  if (E.isLeft(settings)) throw new Error(settings.left.join("; "));
  const client = connect(settings.right);
  const { database } = await client.databases.createIfNotExists({ id: settings.right.database });
  await database.containers.createIfNotExists({
    id: settings.right.container,
    partitionKey: { paths: ["/projectId"], version: 2 },
    indexingPolicy: JSON.parse(await readFile(POLICY, "utf8")) as IndexingPolicy,
  });
  const container = itemsContainer(client, settings.right);
  const { name, body } = await bundleDrain();
  await container.scripts.storedProcedures.create({ id: name, body });
  const callDrain = callDrainIn(container, name);
  return {
    client,
    container,
    callDrain,
    drain: async (partitionKey, { limit = 100, feedOrder = [] } = {}) => {
      const answer = await callDrain(projectOf(partitionKey), { limit, feedOrder });
      if (DrainResult.is(answer)) return answer;
      throw new Error(`not a drain's answer: ${JSON.stringify(answer)}`);
    },
    close: async () => {
      client.dispose();
      await server.close();
    },
  };
};

export type Item = { readonly id: string; readonly [field: string]: unknown };

/** Reads the items of one type of a partition, todos by number. */
export const itemsOf = async (
  container: Container,
  partitionKey: number,
  type: "request" | "todo" | "counter",
): Promise<readonly Item[]> => {
  const query = {
    query: "SELECT * FROM c WHERE c.type = @type",
    parameters: [{ name: "@type", value: type }],
  };
  const { resources } = await container.items.query<Item>(query, { partitionKey }).fetchAll();
  return [...resources].sort((a, b) => Number(a.todoId ?? 0) - Number(b.todoId ?? 0));
};

/** Lists what breaks the invariants of one project: none, if all is well (ARCHITECTURE.md I2, I3, I5). */
export const faultsOf = async (
  container: Container,
  projectId: number,
): Promise<readonly string[]> => {
  const [requests, todos, counters] = await Promise.all([
    itemsOf(container, projectId, "request"),
    itemsOf(container, projectId, "todo"),
    itemsOf(container, projectId, "counter"),
  ]);
  const faults: string[] = [];
  todos.forEach((todo, index) => {
    if (todo.todoId !== index + 1) faults.push(`todo ${todo.id} has number ${todo.todoId}`);
  });
  const ours = counters.filter(({ id }) => id === "counter" || id.startsWith("counter@"));
  const lastIds = ours.map(({ lastId }) => lastId).filter((lastId) => typeof lastId === "number");
  if (todos.length > 0 && lastIds.join() !== String(todos.length)) {
    faults.push(`${todos.length} todos, but the counter is at ${lastIds.join()}`);
  }
  for (const { id, status, todoId } of requests) {
    const made = todos.filter((todo) => todo.requestId === id);
    const expected = status === "done" ? String(todoId) : "";
    if (status !== "rejected" && made.map((todo) => todo.todoId).join() !== expected) {
      faults.push(`request ${id} is ${status} with ${todoId}, but made ${made.length} todos`);
    }
  }
  return faults;
};
