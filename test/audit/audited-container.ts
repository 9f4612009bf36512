import { type Container, CosmosClient, type OperationInput } from "@azure/cosmos";
import { expect } from "vitest";
import type { AuditReport } from "../../cli/audit/audit.ts";
import { type CosmosServer, startCosmosServer } from "../../local/cosmos/server.ts";
import { type ReadOnlyProxy, startReadOnlyProxy } from "./read-only-proxy.ts";

/** A server with a clock of its own, and a door for the auditor that lets only reading through. */
export type AuditedAccount = {
  readonly server: CosmosServer;
  readonly client: CosmosClient;
  readonly proxy: ReadOnlyProxy;
  /** A new container: for whoever writes, and for the auditor. */
  readonly newContainer: () => Promise<AuditedContainer>;
  readonly advanceSeconds: (seconds: number) => void;
  readonly close: () => Promise<void>;
};

export type AuditedContainer = {
  readonly id: string;
  readonly items: Container;
  readonly readOnly: Container;
};

const DATABASE = "audited";

export const startAuditedAccount = async (): Promise<AuditedAccount> => {
  // In the past, so that it can be advanced and signatures still count as fresh. Seconds rise only
  // within a container: each new one begins there.
  const pastMs = (): number => Date.now() - 600_000;
  let nowMs = pastMs();
  const server = await startCosmosServer({ port: 0, now: () => nowMs });
  const proxy = await startReadOnlyProxy(server);
  const client = new CosmosClient(server.connectionString);
  const reader = new CosmosClient(proxy.connectionString);
  await client.databases.create({ id: DATABASE });
  let containers = 0;
  return {
    server,
    client,
    proxy,
    newContainer: async () => {
      nowMs = pastMs();
      containers += 1;
      const id = `items-${containers}`;
      const partitionKey = { paths: ["/projectId"], version: 2 };
      const { containers: all } = client.database(DATABASE);
      await all.create({ id, partitionKey, defaultTtl: -1 }, { offerThroughput: 12_000 });
      return {
        id,
        items: client.database(DATABASE).container(id),
        readOnly: reader.database(DATABASE).container(id),
      };
    },
    advanceSeconds: (seconds) => {
      nowMs += seconds * 1000;
    },
    close: async () => {
      client.dispose();
      reader.dispose();
      await proxy.close();
      await server.close();
    },
  };
};

export type Body = { id: string } & Record<string, string | number | null>;

export const todo = (projectId: number, todoId: number, more = {}): Body => ({
  id: `todo:r${todoId}`,
  projectId,
  type: "todo",
  todoId,
  title: `title ${todoId}`,
  requestId: `r${todoId}`,
  ...more,
});
export const pending = (projectId: number, n: number, more = {}): Body => ({
  id: `r${n}`,
  projectId,
  type: "request",
  title: `title ${n}`,
  ...more,
});
export const done = (projectId: number, todoId: number, more = {}): Body =>
  pending(projectId, todoId, { status: "done", todoId, ...more });
export const counter = (projectId: number, lastId: number, more = {}): Body => ({
  id: "counter",
  projectId,
  type: "counter",
  lastId,
  ...more,
});

/** Writes documents of one project in one transaction, as the drain does. */
export const together = async (items: Container, ...bodies: Body[]): Promise<void> => {
  const operations = bodies.map(
    (resourceBody): OperationInput => ({ operationType: "Upsert", resourceBody }),
  );
  const { code } = await items.items.batch(operations, bodies[0]?.projectId as number);
  expect(code).toBe(200);
};

/** Creates requests one after the other. */
export const submit = async (items: Container, ...bodies: Body[]): Promise<void> => {
  for (const body of bodies) await items.items.create(body);
};

/** A sound project with todos 1..3, made by two drains. */
export const soundProject = async (items: Container, projectId: number): Promise<void> => {
  await submit(items, pending(projectId, 1));
  await together(items, todo(projectId, 1), done(projectId, 1), counter(projectId, 1));
  await submit(items, pending(projectId, 2), pending(projectId, 3));
  await together(
    items,
    todo(projectId, 2),
    done(projectId, 3),
    todo(projectId, 3),
    counter(projectId, 3),
    done(projectId, 2),
  );
};

/** The violations of a report, as far as they matter. */
export const found = (report: AuditReport) =>
  report.violations.map(({ kind, project, ids }) => [kind, project, ...ids]);
