import { createChangeFeedProcessor } from "../../client/change-feed-processor.ts";
import type { ChangesContext, ChangesHandler } from "../../client/processor/options.ts";
import { callDrainIn, drainProject } from "../../functions/drain-project.ts";
import { findLateProjects } from "../../functions/late-projects.ts";
import { createProcessRequests } from "../../functions/process-requests.ts";
import { createProjectBackoff } from "../../functions/project-backoff.ts";
import { createProjectDrains } from "../../functions/project-drains.ts";
import { createSweep } from "../../functions/sweep.ts";
import {
  type InvocationEnd,
  invokeWithRetries,
  retryPolicyOf,
} from "../../local/host/retry-policy.ts";
import { runTimer } from "../../local/host/timer-trigger.ts";
import { DRAINS } from "./account.ts";
import type { Surroundings } from "./link.ts";
import type { Running } from "./machine.ts";
import { simulatedContainer } from "./simulated-container.ts";

/** How the function app is deployed in a world. */
export type Deployment = {
  /** Undefined: no retry policy, a failed batch is checkpointed at once. */
  readonly maxRetryCount: number | undefined;
  readonly timings: {
    readonly feedPollDelayMs: number;
    readonly leaseAcquireIntervalMs: number;
    readonly leaseExpirationIntervalMs: number;
    readonly leaseRenewIntervalMs: number;
    readonly bootstrapWaitMs: number;
  };
  readonly maxItemCount: number;
};

/** What the ids of the trigger's leases begin with. */
export const TRIGGER_NAME = "process-requests-";

/** Batches that are being handled anywhere, by lease. */
export type Batches = Map<string, { running: number; hasSucceeded: boolean }>;

export type HostParts = {
  readonly surroundings: Surroundings;
  readonly deployment: Deployment;
  readonly batches: Batches;
};

/**
 * Runs the function app as functions/main.ts composes it, and around it what a Functions host does:
 * the trigger's processor, its retries and checkpoints, and the timer.
 *
 * shape   answers what stops it in an orderly way
 */
export const runFunctionHost = (parts: HostParts, running: Running): (() => Promise<void>) => {
  const { surroundings, deployment } = parts;
  const { world, link, life } = running;
  const stopping = new AbortController();
  const items = simulatedContainer(surroundings, link, "items");
  const version = surroundings.faults.isOn("two-drain-versions") ? life % 2 : 0;
  if (version === 1) surroundings.faults.count("two-drain-versions");
  const callDrain = callDrainIn(items, DRAINS[version === 1 ? 1 : 0].name);
  const drains = createProjectDrains(({ project, feedOrder }) =>
    drainProject({ callDrain, world }, project, feedOrder),
  );
  const processRequests = createProcessRequests(drains, world);
  const sweep = createSweep({
    findLate: (before) => findLateProjects(items, before),
    drains,
    backoff: createProjectBackoff(world),
    world,
  });
  const processor = createChangeFeedProcessor({
    items,
    leases: simulatedContainer(surroundings, link, "leases"),
    accountEndpoint: "http://cosmos.simulated:8081/",
    processorName: TRIGGER_NAME,
    instanceName: instanceName(running),
    startFrom: "beginning",
    maxItemCount: deployment.maxItemCount,
    ...deployment.timings,
    handler: createTrigger(parts, running, {
      stopping: stopping.signal,
      invoke: (changes) => processRequests(changes, SILENT),
    }),
    world,
  });
  const started = keepStarting(processor.start, running, stopping.signal);
  const timer = runTimer({
    trigger: { kind: "timerTrigger", schedule: "*/5 * * * * *" },
    functionName: "sweep",
    run: () => runSweep(parts, running, () => sweep(SILENT)),
    world,
    stopping: stopping.signal,
  });
  return async () => {
    stopping.abort();
    await started;
    await processor.stop();
    await timer;
  };
};

/** A host that keeps its name has its leases back at once; one that does not must wait. */
export const instanceName = ({ owner, life }: Running): string =>
  life % 3 === 0 ? owner.name : (owner.name.split(".")[0] ?? "");

const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };

const RESTART_AFTER_MS = 1_000;

/** Starts a processor as the local host does. */
export const keepStarting = async (
  start: () => Promise<void>,
  { world }: Running,
  stopping: AbortSignal,
): Promise<void> => {
  while (!stopping.aborted) {
    try {
      await start();
      return;
    } catch {
      await world.sleep(RESTART_AFTER_MS, stopping);
    }
  }
};

type Trigger = {
  readonly stopping: AbortSignal;
  readonly invoke: (changes: readonly unknown[]) => Promise<void>;
};

/** The trigger calls the function with retries, and checkpoints whatever it came to. */
const createTrigger =
  (
    { surroundings, deployment, batches }: HostParts,
    { world }: Running,
    { stopping, invoke }: Trigger,
  ): ChangesHandler =>
  async (changes, { signal: leaseLost, leaseToken }: ChangesContext) => {
    const { faults } = surroundings;
    const { maxRetryCount } = deployment;
    const signal = AbortSignal.any([stopping, leaseLost]);
    const policy =
      maxRetryCount === undefined ? undefined : retryPolicyOf({ ...RETRY, maxRetryCount });
    const ofLease = batches.get(leaseToken) ?? { running: 0, hasSucceeded: false };
    batches.set(leaseToken, ofLease);
    if (ofLease.running > 0) faults.count("batch-on-two-hosts");
    ofLease.running += 1;
    const attempt = async (): Promise<InvocationEnd> => {
      try {
        await invoke(changes);
        ofLease.hasSucceeded = true;
        return { kind: "succeeded", returnValue: undefined };
      } catch (error) {
        if (!ofLease.hasSucceeded) faults.count("first-batch-failed");
        return { kind: "failed", error };
      }
    };
    const end = await invokeWithRetries(attempt, policy, { world, signal });
    ofLease.running -= 1;
    if (leaseLost.aborted) faults.count("lease-lost-at-work");
    if (signal.aborted) throw new Error("The batch comes again");
    if (end.kind === "failed") {
      faults.count(policy ? "retries-exhausted" : "failed-batch-checkpointed");
    }
  };

const RETRY = {
  retryStrategy: "exponentialBackoff",
  minimumInterval: { seconds: 1 },
  maximumInterval: { seconds: 30 },
} as const;

const runSweep = async (
  { surroundings }: HostParts,
  { world }: Running,
  sweep: () => Promise<void>,
): Promise<void> => {
  const { faults, delays } = surroundings;
  if (faults.strikes("sweep-absent", 0.9)) return;
  if (faults.strikes("sweep-late", 0.3)) await world.sleep(delays.between(1_000, 20_000));
  // A failed timer function is logged by its host, and comes again.
  await sweep().catch(() => undefined);
};
