import { listPhysicalPartitions } from "./feed-range.ts";
import { selectLeasesToTake } from "./processor/balance.ts";
import { bootstrapLeases } from "./processor/bootstrap.ts";
import { createContext, type ProcessorContext } from "./processor/context.ts";
import { createLeaseHolder, type LeaseHolder } from "./processor/hold-leases.ts";
import type { Lease } from "./processor/lease.ts";
import { type ChangeFeedProcessorOptions, timingsOf } from "./processor/options.ts";
import { LeaseLostError } from "./processor/update-lease.ts";
import { untilAborted } from "./until-aborted.ts";

export type ChangeFeedProcessor = {
  /**
   * Creates the leases if there are none, and begins to share them with the other instances.
   *
   * errors  a wrong option or container, or Cosmos DB away; it may be called again then
   */
  readonly start: () => Promise<void>;
  /** Ends reading, waits for handlers that run, and releases the leases. */
  readonly stop: () => Promise<void>;
};

/**
 * Makes a change feed processor: any number of instances, on any number of hosts, share the
 * physical partitions of a container and hand its changes to a handler, at least once and in order
 * per partition key.
 *
 * shape   throws for timings that cannot work. Leases and algorithm are those of the .NET SDK's
 *         processor, which is also the engine of the Functions trigger: instances of both kinds can
 *         share one set of leases
 * source  Microsoft.Azure.Cosmos/src/ChangeFeedProcessor of the .NET SDK
 */
export const createChangeFeedProcessor = (
  options: ChangeFeedProcessorOptions,
): ChangeFeedProcessor => {
  const timings = timingsOf(options);
  let running: Running | undefined;
  return {
    start: async () => {
      if (running) throw new Error("The processor is started already");
      const shutdown = new AbortController();
      const current: Running = { shutdown, ended: Promise.resolve() };
      running = current;
      try {
        const context = await createContext(options, { timings, shutdown: shutdown.signal });
        const holder = createLeaseHolder(context);
        await bootstrap(context);
        await takeAll(context, holder, await ownLeases(context));
        current.ended = keepBalancing(context, holder).then(holder.drained);
      } catch (error) {
        running = undefined;
        throw error;
      }
    },
    stop: async () => {
      const current = running;
      current?.shutdown.abort(new Error("The processor stops"));
      await current?.ended;
      running = undefined;
    },
  };
};

type Running = { readonly shutdown: AbortController; ended: Promise<void> };

const bootstrap = ({ store, prefix, items, world, shutdown, timings }: ProcessorContext) =>
  bootstrapLeases({
    store,
    prefix,
    listPartitions: () => listPhysicalPartitions(items),
    world,
    signal: shutdown,
    waitMs: timings.bootstrapWaitMs,
  });

/** Leases in our name from before: an instance that keeps its name over a restart need not wait. */
const ownLeases = async ({ store, instanceName }: ProcessorContext): Promise<readonly Lease[]> =>
  (await store.list()).filter(({ Owner }) => Owner === instanceName);

const keepBalancing = async (context: ProcessorContext, holder: LeaseHolder): Promise<void> => {
  const { store, instanceName, world, timings, events, shutdown } = context;
  while (!shutdown.aborted) {
    try {
      const leases = await untilAborted(store.list(), shutdown);
      if (!leases) return;
      const wanted = selectLeasesToTake(leases, {
        instanceName,
        nowMs: world.now(),
        expirationIntervalMs: timings.leaseExpirationIntervalMs,
        held: holder.held(),
      });
      await takeAll(context, holder, wanted);
    } catch (error) {
      events.onError?.(error, "balance");
    }
    await world.sleep(timings.leaseAcquireIntervalMs, shutdown);
  }
};

const takeAll = async (
  { events }: ProcessorContext,
  holder: LeaseHolder,
  leases: readonly Lease[],
): Promise<void> => {
  for (const lease of leases) {
    try {
      await holder.take(lease);
    } catch (error) {
      // Another instance was faster; that is how leases are shared out.
      if (error instanceof LeaseLostError) continue;
      events.onError?.(error, "acquire", lease.LeaseToken);
    }
  }
};
