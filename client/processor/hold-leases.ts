import { listPhysicalPartitions } from "../feed-range.ts";
import { withinTime } from "../until-aborted.ts";
import type { ProcessorContext } from "./context.ts";
import type { Lease } from "./lease.ts";
import { planReplacement } from "./replace-lease.ts";
import { acquireLease, LeaseLostError, releaseLease } from "./update-lease.ts";
import { type HeldLease, workOnLease } from "./work-on-lease.ts";

/** The leases that one instance holds. */
export type LeaseHolder = {
  /** Ids of the leases held now. */
  readonly held: () => ReadonlySet<string>;
  /** Acquires a lease and begins to work on it; does nothing if it is held already. */
  readonly take: (lease: Lease) => Promise<void>;
  /** Resolves when no lease is held any more; only after the shutdown signal. */
  readonly drained: () => Promise<void>;
};

/**
 * Makes the holder of a processor's leases.
 *
 * source  PartitionControllerCore.cs of the .NET SDK
 */
export const createLeaseHolder = (context: ProcessorContext): LeaseHolder => {
  const work = new Map<string, Promise<void>>();
  const take = async (lease: Lease): Promise<void> => {
    if (work.has(lease.id) || context.shutdown.aborted) return;
    const acquired = acquireLease(context, lease);
    const ended = acquired
      .then((mine) => workUntilEnd(context, mine, take))
      // Failing to acquire is told to the caller of take; the work itself never rejects.
      .catch(() => undefined)
      .finally(() => work.delete(lease.id));
    work.set(lease.id, ended);
    await acquired;
  };
  return {
    held: () => new Set(work.keys()),
    take,
    drained: async () => {
      while (work.size > 0) await Promise.all(work.values());
    },
  };
};

type Take = LeaseHolder["take"];

const workUntilEnd = async (context: ProcessorContext, lease: Lease, take: Take): Promise<void> => {
  const { shutdown, events } = context;
  const held: HeldLease = {
    lease,
    controller: new AbortController(),
    lastWrite: Promise.resolve(),
  };
  const stop = (): void => held.controller.abort(shutdown.reason);
  shutdown.addEventListener("abort", stop);
  if (shutdown.aborted) stop();
  events.onLeaseAcquired?.(lease.LeaseToken);
  try {
    while ((await workOnLease(context, held)) === "moved") {
      if (await replaceIfMoved(context, held, take)) return;
      await context.world.sleep(context.timings.feedPollDelayMs, held.controller.signal);
    }
    await release(context, held);
  } catch (error) {
    if (error instanceof LeaseLostError) {
      events.onLeaseLost?.(lease.LeaseToken, error.message);
    } else {
      events.onError?.(error, "process", lease.LeaseToken);
      await release(context, held);
    }
  } finally {
    held.controller.abort();
    shutdown.removeEventListener("abort", stop);
  }
};

/**
 * Puts the leases of the new partitions in place of a moved one; false if it can go on as it is.
 */
const replaceIfMoved = async (
  context: ProcessorContext,
  { lease }: HeldLease,
  take: Take,
): Promise<boolean> => {
  const { store, prefix, items, events } = context;
  const replacement = planReplacement(prefix, lease, await listPhysicalPartitions(items));
  if (replacement.kind === "keep") return false;
  const created = await Promise.all(replacement.leases.map((each) => store.create(each)));
  // Only now: had we died before, the next owner of the old lease would create what is missing.
  await store.remove(lease.id);
  events.onLeaseReplaced?.(
    lease.LeaseToken,
    replacement.leases.map(({ LeaseToken }) => LeaseToken),
  );
  for (const child of created) {
    if (child) await take(child).catch((error) => reportAcquire(context, child, error));
  }
  return true;
};

/** Stopping must end even if Cosmos DB is away; then the lease expires instead. */
const RELEASE_LIMIT_MS = 5_000;

const release = async (context: ProcessorContext, held: HeldLease): Promise<void> => {
  const { events, world } = context;
  const { LeaseToken } = held.lease;
  const released = held.lastWrite
    .then(() => releaseLease(context, held.lease))
    .then(() => "released");
  try {
    if (await withinTime(released, RELEASE_LIMIT_MS, world)) events.onLeaseReleased?.(LeaseToken);
    else events.onError?.(new Error("The lease was not released in time"), "release", LeaseToken);
  } catch (error) {
    if (error instanceof LeaseLostError) events.onLeaseLost?.(LeaseToken, error.message);
    else events.onError?.(error, "release", LeaseToken);
  }
};

const reportAcquire = (context: ProcessorContext, lease: Lease, error: unknown): void => {
  // Another host was faster; that is how leases are shared out.
  if (error instanceof LeaseLostError) return;
  context.events.onError?.(error, "acquire", lease.LeaseToken);
};
