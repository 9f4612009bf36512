import { listPhysicalPartitions } from "../feed-range.ts";
import { type Change, type FeedReader, openFeedReader } from "../feed-reader.ts";
import { untilAborted } from "../until-aborted.ts";
import type { ProcessorContext } from "./context.ts";
import { type Lease, leaseRange } from "./lease.ts";
import { checkpointLease, LeaseLostError, renewLease } from "./update-lease.ts";
import { whileHeld } from "./while-held.ts";

/** A lease that this instance works on. */
export type HeldLease = {
  /** As last read or written: what a checkpoint is based on. */
  lease: Lease;
  /** Ends the work: the processor stops, or the lease is lost. */
  readonly controller: AbortController;
  /** The last write of this lease that was begun: renewals and checkpoints go one after another. */
  lastWrite: Promise<unknown>;
};

/**
 * How the work on a lease ended, if it did not fail.
 *
 * stopped  the signal was aborted
 * moved    its partition was split or merged
 */
export type WorkEnd = "stopped" | "moved";

/**
 * Reads a lease's feed range, hands its changes to the handler and checkpoints, until something
 * ends it.
 *
 * shape   renews the lease meanwhile, also while the handler runs
 * errors  LeaseLostError; whatever made reading, handling or checkpointing fail
 * source  PartitionSupervisorCore.cs, FeedProcessorCore.cs of the .NET SDK
 */
export const workOnLease = async (context: ProcessorContext, held: HeldLease): Promise<WorkEnd> => {
  const ended = new AbortController();
  void keepRenewing(context, held, ended.signal);
  try {
    return await processLease(context, held);
  } finally {
    ended.abort();
  }
};

const processLease = async (context: ProcessorContext, held: HeldLease): Promise<WorkEnd> => {
  const { signal } = held.controller;
  const reader = await openLease(context, held.lease);
  while (!signal.aborted) {
    const page = await untilAborted(whileHeld(context, held, reader.readPage), signal);
    if (!page) break;
    if (page.kind === "moved") return "moved";
    if (page.kind === "unchanged") {
      await context.world.sleep(context.timings.feedPollDelayMs, signal);
    } else if (page.changes.length > 0) {
      await deliver(context, held, page.changes);
      await whileHeld(context, held, () => checkpoint(context, held, page.continuation));
    }
  }
  if (signal.reason instanceof LeaseLostError) throw signal.reason;
  return "stopped";
};

const checkpoint = (context: ProcessorContext, held: HeldLease, continuation: string) =>
  writeInTurn(held, (lease) => checkpointLease(context, lease, continuation));

const openLease = async (context: ProcessorContext, lease: Lease): Promise<FeedReader> => {
  const continuation = lease.ContinuationToken;
  return openFeedReader(context.items, {
    scope: {
      kind: "range",
      range: leaseRange(lease) ?? (await rangeOfPartition(context, lease)),
      ...(lease.version === 1 ? {} : { physicalPartitionId: lease.LeaseToken }),
    },
    start: continuation ? { kind: "after", continuation } : context.start,
    maxItemCount: context.maxItemCount,
  });
};

const rangeOfPartition = async ({ items }: ProcessorContext, { LeaseToken }: Lease) => {
  const partition = (await listPhysicalPartitions(items)).find(({ id }) => id === LeaseToken);
  if (partition) return partition.range;
  throw new Error(`Lease ${LeaseToken} names no FeedRange, and there is no such partition`);
};

/** Gives changes to the handler; returns if they may be checkpointed. */
const deliver = async (
  { handler, failurePolicy, events, world }: ProcessorContext,
  { lease, controller: { signal } }: HeldLease,
  changes: readonly Change[],
): Promise<void> => {
  const feedRange = leaseRange(lease) ?? { min: "", max: "FF" };
  for (let failures = 1; ; failures += 1) {
    try {
      return await handler(changes, { leaseToken: lease.LeaseToken, feedRange, signal });
    } catch (error) {
      events.onError?.(error, "handle", lease.LeaseToken);
      if (failurePolicy.kind === "release" || signal.aborted) throw error;
      if (failurePolicy.kind === "checkpoint") return;
      const { maxRetries, delayMs } = failurePolicy;
      if (maxRetries >= 0 && failures > maxRetries) return;
      await world.sleep(delayMs(failures), signal);
      if (signal.aborted) throw error;
    }
  }
};

const keepRenewing = async (
  context: ProcessorContext,
  held: HeldLease,
  until: AbortSignal,
): Promise<void> => {
  const { world, timings, events } = context;
  let renewedAtMs = world.now();
  await world.sleep(timings.leaseRenewIntervalMs / 2, until);
  while (!until.aborted) {
    try {
      await writeInTurn(held, (lease) => renewLease(context, lease));
      renewedAtMs = world.now();
    } catch (error) {
      if (until.aborted) return;
      if (error instanceof LeaseLostError) return held.controller.abort(error);
      events.onError?.(error, "renew", held.lease.LeaseToken);
      // The .NET processor goes on here; others count the lease as free by now, so we stop the
      // handler.
      if (world.now() - renewedAtMs >= timings.leaseExpirationIntervalMs) {
        return held.controller.abort(new LeaseLostError("The lease expired before it was renewed"));
      }
    }
    await world.sleep(timings.leaseRenewIntervalMs, until);
  }
};

/** Without turns, a renewal would lose against the checkpoints of a busy feed until it gives up. */
const writeInTurn = async (
  held: HeldLease,
  write: (lease: Lease) => Promise<Lease>,
): Promise<void> => {
  const written = held.lastWrite.then(async () => {
    held.lease = await write(held.lease);
  });
  held.lastWrite = written.catch(() => undefined);
  await written;
};
