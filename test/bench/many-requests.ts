import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "@azure/cosmos";
import { createSubmitter } from "../../client/submit.ts";
import { subscribe } from "../../client/subscribe.ts";
import { type LocalAzure, startLocalAzure } from "./local-azure.ts";

export type ManyRequests = { readonly todosPerSecond: number; readonly ruPerTodo: number };

/**
 * Submits many requests in bulk and waits until a subscriber has seen every todo, in order.
 *
 * units   todos per second from the first submission to the last todo seen
 */
export const measureManyRequests = async (
  requests: number,
  projects: number,
): Promise<ManyRequests> => {
  const azure = await startLocalAzure(true);
  const watch = watchTodos(azure.container);
  try {
    const submitter = createSubmitter(azure.container);
    await submitter.submitMany(requestsOf(WARM_UP, 1_000_000, 50));
    await watch.until(WARM_UP);
    const ruBefore = await settledCharge(azure);
    const startedAt = performance.now();
    await submitter.submitMany(requestsOf(requests, 1, projects));
    await watch.until(WARM_UP + requests);
    const seconds = (performance.now() - startedAt) / 1000;
    const ru = (await azure.chargedRu()) - ruBefore;
    return { todosPerSecond: requests / seconds, ruPerTodo: ru / requests };
  } finally {
    await watch.stop();
    await azure.stop();
  }
};

/**
 * Requests before those that count, in projects of their own: a service runs for days, and the
 * compilers of five processes take about a second.
 */
const WARM_UP = 5_000;

/** Waits until the host has read the echo of the warm-up, whose charge is not of what counts. */
const settledCharge = async ({ chargedRu }: LocalAzure): Promise<number> => {
  for (let before = await chargedRu(); ; ) {
    await sleep(500);
    const now = await chargedRu();
    if (now - before < MAX_IDLE_RU) return now;
    before = now;
  }
};

/** What waiting costs in that time. */
const MAX_IDLE_RU = 50;

const requestsOf = (count: number, firstProject: number, projects: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    projectId: firstProject + (i % projects),
    title: `Buy ${i} bottles of milk, and bring back the empty ones`,
  }));

/** Counts todos from the beginning, as a subscriber sees them. */
const watchTodos = (container: Container) => {
  const stopping = new AbortController();
  let seen = 0;
  let onTodo = (): void => undefined;
  const watching = (async () => {
    const options = { signal: stopping.signal, pollDelayMs: 0, maxItemCount: 1_000 };
    for await (const _ of subscribe(container, options)) {
      seen++;
      onTodo();
    }
  })();
  return {
    until: (count: number): Promise<void> => {
      const reached = new Promise<void>((resolve) => {
        onTodo = () => {
          if (seen >= count) resolve();
        };
        onTodo();
      });
      return Promise.race([reached, watching]);
    },
    stop: (): Promise<void> => {
      stopping.abort();
      return watching;
    },
  };
};
