import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createChangeFeedProcessor } from "../../client/change-feed-processor.ts";
import { connect, itemsContainer, leaseContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";

/** What processors.ts passes as the only argument, as JSON. */
export type ProcessorSettings = {
  readonly name: string;
  readonly prefix: string;
  readonly maxItems: number;
  readonly workMs: number;
  readonly pollMs: number;
  readonly acquireMs: number;
  readonly expiryMs: number;
  readonly renewMs: number;
};

/** Our processor in a process of its own: the same line protocol as dotnet/Processor.cs. */
const main = async (given: ProcessorSettings): Promise<void> => {
  const settings = readSettings(process.env);
  const client = connect(settings);
  const processor = createChangeFeedProcessor({
    items: itemsContainer(client, settings),
    leases: leaseContainer(client, settings),
    accountEndpoint: settings.account.endpoint,
    processorName: given.prefix,
    instanceName: given.name,
    startFrom: "beginning",
    maxItemCount: given.maxItems,
    feedPollDelayMs: given.pollMs,
    leaseAcquireIntervalMs: given.acquireMs,
    leaseExpirationIntervalMs: given.expiryMs,
    leaseRenewIntervalMs: given.renewMs,
    bootstrapWaitMs: given.acquireMs,
    handler: async (changes, { leaseToken }) => {
      await sleep(given.workMs);
      tell("batch", { lease: leaseToken, changes });
    },
    events: {
      onLeaseAcquired: (lease) => tell("acquired", { lease }),
      onLeaseReleased: (lease) => tell("released", { lease }),
      onError: (error, during, lease) => tell("error", { during, lease, message: String(error) }),
    },
  });
  await processor.start();
  tell("started", {});
  for await (const _ of createInterface({ input: process.stdin })) {
    // Only the end of stdin means something to a processor.
  }
  await processor.stop();
  tell("stopped", {});
  client.dispose();
};

/** Writes to a pipe are synchronous on Linux, so what was told survives kill -9. */
const tell = (event: string, told: object): void => {
  process.stdout.write(`${JSON.stringify({ event, ...told })}\n`);
};

await main(JSON.parse(process.argv[2] ?? "{}"));
