import { randomUUID } from "node:crypto";
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
  try {
    await numberSome(azure, 50);
    const stop = new AbortController();
    const seen = countTodos(azure, requests, stop.signal);
    const submitter = createSubmitter(azure.container);
    const ruBefore = await azure.chargedRu();
    const startedAt = performance.now();
    await submitter.submitMany(
      Array.from({ length: requests }, (_, i) => ({
        id: randomUUID(),
        projectId: 1 + (i % projects),
        title: `Buy ${i} bottles of milk, and bring back the empty ones`,
      })),
    );
    await seen;
    const seconds = (performance.now() - startedAt) / 1000;
    const ru = (await azure.chargedRu()) - ruBefore;
    stop.abort();
    return { todosPerSecond: requests / seconds, ruPerTodo: ru / requests };
  } finally {
    await azure.stop();
  }
};

/** Lets compilers and connections warm up on projects of their own. */
const numberSome = async (azure: LocalAzure, requests: number): Promise<void> => {
  const submitter = createSubmitter(azure.container);
  const stop = new AbortController();
  const seen = countTodos(azure, requests, stop.signal);
  await submitter.submitMany(
    Array.from({ length: requests }, (_, i) => ({
      id: randomUUID(),
      projectId: 1_000_000 + (i % 10),
      title: "Warm up",
    })),
  );
  await seen;
  stop.abort();
};

const countTodos = async (
  { container }: LocalAzure,
  count: number,
  signal: AbortSignal,
): Promise<void> => {
  let seen = 0;
  const options = { signal, startFrom: "now", pollDelayMs: 0, maxItemCount: 1_000 } as const;
  for await (const _ of subscribe(container, options)) {
    seen++;
    if (seen === count) return;
  }
};
