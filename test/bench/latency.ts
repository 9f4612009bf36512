import { setTimeout as sleep } from "node:timers/promises";
import { createSubmitter } from "../../client/submit.ts";
import { subscribe } from "../../client/subscribe.ts";
import { startLocalAzure } from "./local-azure.ts";
import { percentile } from "./percentile.ts";

export type Latency = { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number };

const PROJECTS = 20;
const WARM_UP = 50;

/** Measures from the call of `submit` to the todo at a subscriber, at an even rate. */
export const measureLatency = async (perSecond: number, seconds: number): Promise<Latency> => {
  const azure = await startLocalAzure(true);
  try {
    const total = WARM_UP + perSecond * seconds;
    const submittedAt = new Map<string, number>();
    const latenciesMs: number[] = [];
    const stop = new AbortController();
    const watch = async (): Promise<void> => {
      const options = { signal: stop.signal, pollDelayMs: 0 };
      for await (const { todo } of subscribe(azure.container, options)) {
        latenciesMs.push(performance.now() - (submittedAt.get(todo.requestId) ?? Number.NaN));
        if (latenciesMs.length === total) return;
      }
    };
    const watching = watch();
    const submitter = createSubmitter(azure.container);
    const startedAt = performance.now();
    for (let i = 0; i < total; i++) {
      await sleep(Math.max(0, startedAt + (i * 1000) / perSecond - performance.now()));
      const id = `request-${i}`;
      submittedAt.set(id, performance.now());
      void submitter.submit({ id, projectId: 1 + (i % PROJECTS), title: "Buy milk" });
    }
    await watching;
    stop.abort();
    const measured = latenciesMs.slice(WARM_UP);
    return {
      p50Ms: percentile(measured, 0.5),
      p95Ms: percentile(measured, 0.95),
      p99Ms: percentile(measured, 0.99),
    };
  } finally {
    await azure.stop();
  }
};
