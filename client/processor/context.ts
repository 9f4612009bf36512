import type { Container } from "@azure/cosmos";
import type { FeedStart } from "../feed-reader.ts";
import { systemWorld, type World } from "../world.ts";
import { leasePrefix } from "./lease.ts";
import { createLeaseStore } from "./lease-store.ts";
import type {
  ChangeFeedProcessorOptions,
  ChangesHandler,
  FailurePolicy,
  ProcessorEvents,
  ProcessorTimings,
} from "./options.ts";
import type { LeaseKeeper } from "./update-lease.ts";

/** What all parts of one running processor share. */
export type ProcessorContext = LeaseKeeper & {
  readonly prefix: string;
  readonly items: Container;
  readonly handler: ChangesHandler;
  readonly start: FeedStart;
  readonly maxItemCount: number | undefined;
  readonly timings: ProcessorTimings;
  readonly failurePolicy: FailurePolicy;
  readonly events: ProcessorEvents;
  readonly world: World;
  /** Aborted when the processor stops. */
  readonly shutdown: AbortSignal;
};

/**
 * Looks up the containers and makes a processor's context of its options.
 *
 * errors  one of the containers is missing, or the lease container has another partition key than
 *         /id
 */
export const createContext = async (
  options: ChangeFeedProcessorOptions,
  { timings, shutdown }: Pick<ProcessorContext, "timings" | "shutdown">,
): Promise<ProcessorContext> => {
  const world = options.world ?? systemWorld;
  const prefix = leasePrefix({
    processorName: options.processorName ?? "",
    accountEndpoint: options.accountEndpoint,
    databaseRid: ridOf(await options.items.database.read()),
    containerRid: ridOf(await options.items.read()),
  });
  await checkLeaseContainer(options);
  return {
    store: createLeaseStore(options.leases, prefix),
    instanceName: options.instanceName ?? world.uuid(),
    now: world.now,
    prefix,
    items: options.items,
    handler: options.handler,
    start: startOf(options.startFrom ?? "now", world.now()),
    maxItemCount: options.maxItemCount,
    timings,
    failurePolicy: options.failurePolicy ?? { kind: "release" },
    events: options.events ?? {},
    world,
    shutdown,
  };
};

const startOf = (
  startFrom: NonNullable<ChangeFeedProcessorOptions["startFrom"]>,
  nowMs: number,
): FeedStart => {
  if (startFrom === "beginning") return { kind: "beginning" };
  // If-Modified-Since is exclusive and has whole seconds: without the second less, changes of the
  // starting second would be skipped (ChangeFeedProcessorCore.cs of the .NET SDK).
  return { kind: "since", timeMs: startFrom === "now" ? nowMs - 1_000 : startFrom.getTime() };
};

const checkLeaseContainer = async ({
  items,
  leases,
}: ChangeFeedProcessorOptions): Promise<void> => {
  if (items.url === leases.url) {
    throw new Error(`Leases cannot be kept in the monitored container "${items.id}" itself`);
  }
  const { resource } = await leases.read();
  const paths = resource?.partitionKey?.paths ?? [];
  if (paths.length !== 1 || paths[0] !== "/id") {
    throw new Error(
      `The lease container "${leases.id}" must have the partition key /id; ` +
        "create it anew with that key",
    );
  }
};

const ridOf = ({
  resource,
}: {
  readonly resource?: { readonly _rid: string } | undefined;
}): string => {
  if (resource) return resource._rid;
  throw new Error("Cosmos DB answered without the resource that was asked for");
};
