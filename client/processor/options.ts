import type { Container } from "@azure/cosmos";
import type { FeedRange } from "../feed-range.ts";
import type { Change } from "../feed-reader.ts";
import type { World } from "../world.ts";

/**
 * Handles one page of changes of one lease.
 *
 * shape   pages of a lease come one after another, in commit order; a page that was not
 *         checkpointed comes again, perhaps on another host
 * errors  what happens when it throws is the failure policy's matter
 */
export type ChangesHandler = (
  changes: readonly Change[],
  context: ChangesContext,
) => Promise<void> | void;

export type ChangesContext = {
  readonly leaseToken: string;
  readonly feedRange: FeedRange;
  /**
   * Aborted when the lease is lost or the processor stops: somebody else may get the same changes
   * now.
   */
  readonly signal: AbortSignal;
};

/**
 * What to do with changes that the handler did not take.
 *
 * release     no checkpoint; whoever acquires the lease next gets them again (the .NET processor)
 * checkpoint  go on as if they were handled: they are lost (the Functions trigger without a retry
 *             policy)
 * retry       the same changes again here, and after maxRetries as with "checkpoint"; -1 means
 *             without end (the Functions trigger with a retry policy)
 */
export type FailurePolicy =
  | { readonly kind: "release" }
  | { readonly kind: "checkpoint" }
  | {
      readonly kind: "retry";
      readonly maxRetries: number;
      /** The wait before the first, second, … retry. */
      readonly delayMs: (retry: number) => number;
    };

/** What a processor tells its surroundings, for logs and metrics. */
export type ProcessorEvents = {
  readonly onLeaseAcquired?: (leaseToken: string) => void;
  readonly onLeaseReleased?: (leaseToken: string) => void;
  readonly onLeaseLost?: (leaseToken: string, why: string) => void;
  /** The lease's partition was split or merged; these lease tokens take its place. */
  readonly onLeaseReplaced?: (leaseToken: string, by: readonly string[]) => void;
  readonly onError?: (error: unknown, during: ProcessorActivity, leaseToken?: string) => void;
};

export type ProcessorActivity = "handle" | "process" | "renew" | "release" | "acquire" | "balance";

export type ChangeFeedProcessorOptions = {
  /** The monitored container. */
  readonly items: Container;
  /** Where leases are kept: partition key /id, defaultTtl -1; not the monitored container. */
  readonly leases: Container;
  /**
   * The account address of the monitored container as configured; its host is part of the lease
   * ids.
   */
  readonly accountEndpoint: string;
  readonly handler: ChangesHandler;
  /** All hosts of one processor have the same; the Functions trigger's LeaseContainerPrefix. */
  readonly processorName?: string;
  /** Unique for each host; a new GUID unless given. */
  readonly instanceName?: string;
  /** Only for leases without a checkpoint. */
  readonly startFrom?: "beginning" | "now" | Date;
  readonly maxItemCount?: number;
  /** The wait after a feed range has nothing new. */
  readonly feedPollDelayMs?: number;
  readonly leaseAcquireIntervalMs?: number;
  readonly leaseExpirationIntervalMs?: number;
  readonly leaseRenewIntervalMs?: number;
  /** The wait while another host creates the first leases. */
  readonly bootstrapWaitMs?: number;
  readonly failurePolicy?: FailurePolicy;
  readonly events?: ProcessorEvents;
  readonly world?: World;
};

/** The timings of the .NET processor and of the Functions trigger. */
export const DEFAULT_TIMINGS = {
  feedPollDelayMs: 5_000,
  leaseAcquireIntervalMs: 13_000,
  leaseExpirationIntervalMs: 60_000,
  leaseRenewIntervalMs: 17_000,
  bootstrapWaitMs: 15_000,
} as const;

export type ProcessorTimings = { readonly [Name in keyof typeof DEFAULT_TIMINGS]: number };

/** Reads the timings, or throws if leases would expire under their owner's hands. */
export const timingsOf = (options: ChangeFeedProcessorOptions): ProcessorTimings => {
  const given = Object.entries(options).filter(
    ([name, value]) => name in DEFAULT_TIMINGS && value !== undefined,
  );
  const timings: ProcessorTimings = { ...DEFAULT_TIMINGS, ...Object.fromEntries(given) };
  if (timings.leaseRenewIntervalMs >= timings.leaseExpirationIntervalMs) {
    throw new Error(
      `leaseRenewIntervalMs (${timings.leaseRenewIntervalMs}) must be less than ` +
        `leaseExpirationIntervalMs (${timings.leaseExpirationIntervalMs}); a third of it is usual`,
    );
  }
  return timings;
};
