import { app, type HttpHandler, type InvocationContext } from "@azure/functions";
import { connect, itemsContainer, leaseContainer } from "../client/connect.ts";
import { createSubmitter } from "../client/submit.ts";
import { systemWorld as world } from "../client/world.ts";
import { callDrainIn, drainProject } from "./drain-project.ts";
import { listTodos } from "./http/list-todos.ts";
import { readRequest } from "./http/read-request.ts";
import { type Route, replying } from "./http/replies.ts";
import { submitRequest } from "./http/submit-request.ts";
import { findLateProjects } from "./late-projects.ts";
import { createProcessRequests, MAX_CHANGES_PER_PAGE } from "./process-requests.ts";
import { createProjectBackoff } from "./project-backoff.ts";
import { createProjectDrains } from "./project-drains.ts";
import { readAppSettings } from "./start-up/app-settings.ts";
import { checkDeployment } from "./start-up/check-deployment.ts";
import { createStartGate } from "./start-up/start-gate.ts";
import { createSweep } from "./sweep.ts";
import { createLeaseWatch } from "./telemetry/lease-balance.ts";
import { startTelemetry } from "./telemetry/start-telemetry.ts";
import { createTelemetry } from "./telemetry/telemetry.ts";

/** The name of the stored procedure that this app was built with; see build.ts. */
declare const DRAIN_NAME: string;

/** What the ids of the trigger's leases begin with. */
const LEASE_PREFIX = "process-requests-";

/** An HTTP caller waits no longer than this for Cosmos DB to accept a request. */
const SUBMIT_GIVE_UP_AFTER_MS = 20_000;

const appSettings = readAppSettings(process.env);
const settings = appSettings.cosmos;
const client = connect(settings, {
  userAgentSuffix: "process-requests",
  // We retry ourselves: a throttled drain must come back smaller, not the same again.
  connectionPolicy: {
    requestTimeout: 10_000,
    retryOptions: {
      maxRetryAttemptCount: 1,
      fixedRetryIntervalInMilliseconds: 0,
      maxWaitTimeInSeconds: 1,
    },
  },
});
const gate = createStartGate(
  () => checkDeployment({ client, settings: appSettings, drainName: DRAIN_NAME }),
  world,
);
const container = itemsContainer(client, settings);
const submitter = createSubmitter(container, { giveUpAfterMs: SUBMIT_GIVE_UP_AFTER_MS });
const telemetry = createTelemetry({ container: settings.container, drainName: DRAIN_NAME }, world);
const callDrain = callDrainIn(container, DRAIN_NAME, telemetry.watchDrain);
const drains = createProjectDrains(({ project, feedOrder }) =>
  drainProject({ callDrain, world, onRetry: telemetry.retried }, project, feedOrder),
);
const processRequests = createProcessRequests(drains, world);
const sweep = createSweep({
  findLate: async (before) => {
    const late = await findLateProjects(container, before);
    telemetry.swept(late);
    return late;
  },
  drains,
  backoff: createProjectBackoff(world),
  world,
});

const lookAtLeases = createLeaseWatch(leaseContainer(client, settings), {
  prefix: LEASE_PREFIX,
  world,
  tell: telemetry.leased,
});

// An app that cannot tell about itself works all the same.
const telemetryStarted = startTelemetry(appSettings.telemetry).catch((error: unknown) => {
  console.error(`No telemetry is sent: ${String(error)}`);
  return async () => undefined;
});
app.hook.appTerminate(async () => (await telemetryStarted)());

const started = async (): Promise<void> => {
  await telemetryStarted;
  await gate.passed();
};

const http =
  (route: Route): HttpHandler =>
  (request, context) =>
    telemetry.partOf(context.traceContext?.traceParent, () =>
      replying(async () => {
        await started();
        return route(request);
      })(request, context),
    );

// Begun now, so that the first invocation finds it done; what it says is said to the invocations.
app.hook.appStart(() => void gate.passed().catch(() => undefined));

app.cosmosDB("processRequests", {
  connection: "COSMOS",
  databaseName: settings.database,
  containerName: settings.container,
  leaseContainerName: settings.leaseContainer,
  leaseContainerPrefix: LEASE_PREFIX,
  createLeaseContainerIfNotExists: false,
  startFromBeginning: true,
  ...(settings.preferredRegions && { preferredLocations: settings.preferredRegions.join(",") }),
  maxItemsPerInvocation: MAX_CHANGES_PER_PAGE,
  feedPollDelay: 100,
  // After a hard crash another host has the lease within 10 + 3 s; the defaults take 73 s.
  leaseExpirationInterval: 10_000,
  leaseRenewInterval: 3_000,
  leaseAcquireInterval: 3_000,
  // Without -1 a failed batch is lost. The host rounds to whole seconds.
  retry: {
    strategy: "exponentialBackoff",
    maxRetryCount: -1,
    minimumInterval: { seconds: 1 },
    maximumInterval: { seconds: 30 },
  },
  handler: async (changes: unknown[], context: InvocationContext) => {
    await started();
    const traceParent = context.traceContext?.traceParent;
    await telemetry.processing({ changes, traceParent }, () => processRequests(changes, context));
  },
});

app.timer("sweep", {
  schedule: "*/5 * * * * *",
  handler: async (_timer, context) => {
    await started();
    await Promise.all([sweep(context), lookAtLeases()]);
  },
});

app.http("submitRequest", {
  methods: ["POST"],
  authLevel: "function",
  route: "projects/{projectId}/requests",
  handler: http(submitRequest(submitter)),
});

app.http("readRequest", {
  methods: ["GET"],
  authLevel: "function",
  route: "projects/{projectId}/requests/{id}",
  handler: http(readRequest(container)),
});

app.http("listTodos", {
  methods: ["GET"],
  authLevel: "function",
  route: "projects/{projectId}/todos",
  handler: http(listTodos(container)),
});
