import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Container } from "@azure/cosmos";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { createSubmitter } from "../../client/submit.ts";
import { startChild } from "./child-process.ts";
import { startLocalAzure } from "./local-azure.ts";

export type SingleRequests = {
  /** Creates per second against a server that stores nothing: what the client alone can do. */
  readonly ceiling: number;
  readonly plainCreates: number;
  readonly submits: number;
  /** plainCreates / ceiling. */
  readonly ratio: number;
};

const CALLERS = 32;
const PROJECTS = 100;

/** Submits requests from 32 callers, each one at a time; the function host does not run. */
export const measureSingleRequests = async (requests: number): Promise<SingleRequests> => {
  const ceiling = await measureCeiling(requests);
  const azure = await startLocalAzure(false);
  try {
    const plainCreates = await createsPerSecond(azure.container, requests);
    const submits = await submitsPerSecond(azure.container, requests);
    return { ceiling, plainCreates, submits, ratio: plainCreates / ceiling };
  } finally {
    await azure.stop();
  }
};

const measureCeiling = async (requests: number): Promise<number> => {
  const server = await startChild(join(import.meta.dirname, "null-server.ts"));
  const settings = readSettings({ COSMOS: `AccountEndpoint=${server.firstLine};AccountKey=AAAA;` });
  const client = connect(settings);
  try {
    return await createsPerSecond(itemsContainer(client, settings), requests);
  } finally {
    client.dispose();
    await server.stop();
  }
};

const createsPerSecond = async (container: Container, requests: number): Promise<number> =>
  perSecond(requests, async (projectId) => {
    await container.items.create({
      id: randomUUID(),
      projectId,
      type: "request",
      title: "Buy milk",
    });
  });

const submitsPerSecond = async (container: Container, requests: number): Promise<number> => {
  const submitter = createSubmitter(container);
  return perSecond(requests, async (projectId) => {
    await submitter.submit({ projectId, title: "Buy milk" });
  });
};

const perSecond = async (
  count: number,
  call: (projectId: number) => Promise<void>,
): Promise<number> => {
  const run = async (calls: number): Promise<void> => {
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < calls) await call(1 + (next++ % PROJECTS));
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  };
  // First until the compilers have seen enough of it, on both sides.
  await run(count);
  const startedAt = performance.now();
  await run(count);
  return count / ((performance.now() - startedAt) / 1000);
};
