import type { CosmosClient } from "@azure/cosmos";
import {
  type ChangeFeedProcessor,
  createChangeFeedProcessor,
} from "../../client/change-feed-processor.ts";
import { connect, MAX_LONG_POLL_SECONDS } from "../../client/connect.ts";
import { explainMissingPermission } from "../../client/missing-permission.ts";
import type { ChangesHandler, ProcessorEvents } from "../../client/processor/options.ts";
import { readSettings, type Settings } from "../../client/settings.ts";
import type { World } from "../../client/world.ts";
import type { Log } from "./log-line.ts";
import { type AppSettings, connectionSettings } from "./resolve-setting.ts";
import type { InvocationEnd } from "./retry-policy.ts";
import type { CosmosTrigger } from "./trigger.ts";

export type CosmosTriggerOptions = {
  readonly trigger: CosmosTrigger;
  readonly functionName: string;
  /** Invokes the function with a batch, as often as its retry policy says and until the signal. */
  readonly run: (json: string, signal: AbortSignal) => Promise<InvocationEnd>;
  readonly settings: AppSettings;
  readonly instanceName?: string;
  readonly log: Log;
  readonly world: World;
  readonly stopping: AbortSignal;
};

/**
 * Starts a Cosmos DB trigger: a change feed processor that calls the function batch by batch.
 *
 * shape   answers at once with what stops it; a trigger that cannot start logs why and tries again
 * errors  as the real trigger, it checkpoints a batch whose invocation failed for good: without a retry
 *         policy of -1 such a batch is lost to the function
 * source  CosmosDBTriggerListener of the WebJobs extension; tried with the real one on 2026-11-22
 */
export const startCosmosTrigger = (options: CosmosTriggerOptions): (() => Promise<void>) => {
  const monitored = settingsOf(options.trigger, options.settings);
  const leases = leaseSettingsOf(options.trigger, options.settings);
  const clients = [monitored, leases].map((settings) =>
    connect(settings, { longPollSeconds: MAX_LONG_POLL_SECONDS, userAgentSuffix: "local-host" }),
  );
  const [client, leaseClient] = clients as [CosmosClient, CosmosClient];
  const processor = createChangeFeedProcessor({
    items: client.database(monitored.database).container(monitored.container),
    leases: leaseClient.database(leases.database).container(leases.container),
    accountEndpoint: monitored.account.endpoint,
    handler: batchHandler(options),
    ...processorOptions(options.trigger),
    ...(options.instanceName === undefined ? {} : { instanceName: options.instanceName }),
    events: loggedEvents(options),
    world: options.world,
  });
  const started = keepStarting(processor, options, () =>
    createLeaseContainer(leaseClient, leases, options.trigger),
  );
  return async () => {
    // First, so that a start that waits for another host's leases ends; then, if it ended well.
    await processor.stop();
    await started;
    await processor.stop();
    for (const each of clients) each.dispose();
  };
};

/** The processor checkpoints when the handler resolves, and not when it throws. */
const batchHandler =
  ({ run, settings, stopping, functionName }: CosmosTriggerOptions): ChangesHandler =>
  async (changes, { signal: leaseLost }) => {
    const signal = AbortSignal.any([stopping, leaseLost]);
    const end = await run(JSON.stringify(changes), signal);
    const mayFinish = settings.FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING === "true";
    if (!signal.aborted || (mayFinish && end.kind === "succeeded")) return;
    throw new Error(`${functionName} was stopped in the middle of a batch; the batch comes again`);
  };

const settingsOf = (
  { connection, databaseName, containerName }: CosmosTrigger,
  settings: AppSettings,
): Settings =>
  readSettings({
    ...connectionSettings(connection, settings),
    COSMOS_DATABASE: databaseName,
    COSMOS_CONTAINER: containerName,
    // The client insists on two containers; only the one is used here.
    COSMOS_LEASE_CONTAINER: `${containerName}-leases`,
  });

const leaseSettingsOf = (trigger: CosmosTrigger, settings: AppSettings): Settings =>
  settingsOf(
    {
      ...trigger,
      connection: trigger.leaseConnection ?? trigger.connection,
      databaseName: trigger.leaseDatabaseName ?? trigger.databaseName,
      containerName: trigger.leaseContainerName ?? "leases",
    },
    settings,
  );

const processorOptions = (trigger: CosmosTrigger) => {
  const given = {
    maxItemCount: trigger.maxItemsPerInvocation,
    feedPollDelayMs: trigger.feedPollDelay,
    leaseAcquireIntervalMs: trigger.leaseAcquireInterval,
    leaseExpirationIntervalMs: trigger.leaseExpirationInterval,
    leaseRenewIntervalMs: trigger.leaseRenewInterval,
  };
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(defined) as { [Name in keyof typeof given]?: number }),
    processorName: trigger.leaseContainerPrefix ?? "",
    startFrom: startOf(trigger),
    bootstrapWaitMs: BOOTSTRAP_WAIT_MS,
  };
};

const startOf = ({ startFromBeginning, startFromTime }: CosmosTrigger) => {
  if (startFromBeginning) return "beginning" as const;
  return startFromTime ? new Date(startFromTime) : ("now" as const);
};

const createLeaseContainer = async (
  client: CosmosClient,
  { database, container }: Settings,
  { createLeaseContainerIfNotExists }: CosmosTrigger,
): Promise<void> => {
  if (!createLeaseContainerIfNotExists) return;
  const definition = { id: container, partitionKey: { paths: ["/id"] }, defaultTtl: -1 };
  await client.database(database).containers.createIfNotExists(definition);
};

const RESTART_AFTER_MS = 1_000;

/** Shorter than the real trigger's 15 s: on a laptop the other host is usually one that was killed. */
const BOOTSTRAP_WAIT_MS = 1_000;

const keepStarting = async (
  processor: ChangeFeedProcessor,
  { functionName, log, world, stopping }: CosmosTriggerOptions,
  prepare: () => Promise<void>,
): Promise<void> => {
  while (!stopping.aborted) {
    try {
      await prepare();
      if (!stopping.aborted) await processor.start();
      return;
    } catch (error) {
      if (stopping.aborted) return;
      const said = messageOf(error);
      log("error", functionName, `The change feed cannot be read, trying again: ${said}`);
      await world.sleep(RESTART_AFTER_MS, stopping);
    }
  }
};

const loggedEvents = ({ functionName, log }: CosmosTriggerOptions): ProcessorEvents => {
  const say = (level: "debug" | "information", text: string) => log(level, functionName, text);
  return {
    onLeaseAcquired: (token) => say("information", `lease ${token} acquired`),
    onLeaseReleased: (token) => say("debug", `lease ${token} released`),
    onLeaseLost: (token) => say("information", `lease ${token} taken by another host`),
    onLeaseReplaced: (token, by) => say("information", `lease ${token} became ${by.join(", ")}`),
    onError: (error, during, token) =>
      log("warning", functionName, `${during} ${token ?? ""}: ${messageOf(error)}`),
  };
};

const messageOf = (error: unknown): string => {
  const missing = explainMissingPermission(error);
  if (missing !== undefined) return missing;
  if (!(error instanceof Error)) return String(error);
  const [firstLine = ""] = error.message.split("\n");
  return firstLine || String((error as { code?: unknown }).code ?? error.name);
};
