import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { subscribe } from "../../client/subscribe.ts";
import { createLatencyHistogram, type LatencyHistogram } from "./latency-histogram.ts";
import { runPart } from "./run-part.ts";
import { stampIn } from "./stamped-title.ts";

export type SubscriberConfig = { readonly connectionString: string };

/** A subscriber to the todos of all projects: it measures how old each request is when it sees its todo. */
runPart(async ({ connectionString }: SubscriberConfig, note) => {
  const settings = readSettings({ COSMOS: connectionString });
  const client = connect(settings, { longPollSeconds: 1 });
  const latencies = new Map<string, LatencyHistogram>();
  const seen = { todos: 0, failed: 0 };
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    const options = { signal: stop.signal, pollDelayMs: 0, maxItemCount: 1_000 };
    for await (const { todo } of subscribe(itemsContainer(client, settings), options)) {
      seen.todos += 1;
      const stamp = stampIn(todo.title);
      if (stamp === undefined) continue;
      const key = `${stamp.traffic} ${stamp.phase}`;
      const histogram = latencies.get(key) ?? createLatencyHistogram();
      latencies.set(key, histogram);
      histogram.add(Date.now() - stamp.submittedAtMs);
    }
  };
  const watching = watch().catch((error: unknown) => {
    seen.failed += 1;
    note(String(error));
  });
  const summaries = () =>
    Object.fromEntries([...latencies].map(([key, histogram]) => [key, histogram.summary()]));
  return {
    facts: {},
    counts: () => ({ ...seen, ...p99sOf(summaries()) }),
    close: async () => {
      stop.abort();
      await watching;
      client.dispose();
      return summaries();
    },
  };
});

const p99sOf = (summaries: Readonly<Record<string, { readonly p99Ms: number }>>) =>
  Object.fromEntries(Object.entries(summaries).map(([key, { p99Ms }]) => [`${key} p99Ms`, p99Ms]));
