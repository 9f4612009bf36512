import { context, metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createSubmitter } from "../../client/submit.ts";
import { systemWorld } from "../../client/world.ts";
import { callDrainIn, drainProject } from "../../functions/drain-project.ts";
import { createProcessRequests } from "../../functions/process-requests.ts";
import { createProjectDrains } from "../../functions/project-drains.ts";
import { createContextManager } from "../../functions/telemetry/active-context.ts";
import { createTelemetry } from "../../functions/telemetry/telemetry.ts";
import { type DrainedAccount, itemsOf, startDrainedAccount } from "../sprocs/drained-account.ts";

const spans = new InMemorySpanExporter();
const numbers = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: numbers });
const tracers = new BasicTracerProvider({
  sampler: new AlwaysOnSampler(),
  spanProcessors: [new SimpleSpanProcessor(spans)],
});

let account: DrainedAccount;
let drainName: string;
beforeAll(async () => {
  context.setGlobalContextManager(createContextManager());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  account = await startDrainedAccount();
  const [drain] = (await account.container.scripts.storedProcedures.readAll().fetchAll()).resources;
  drainName = String(drain?.id);
});
afterAll(() => account.close());
beforeEach(() => spans.reset());

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
const telemetry = createTelemetry({ container: "items", drainName: "drain-0" }, systemWorld);

const appOn = (name: string) => {
  const callDrain = callDrainIn(account.container, name, telemetry.watchDrain);
  const parts = { callDrain, world: systemWorld, onRetry: telemetry.retried };
  const drains = createProjectDrains(({ project, feedOrder }) =>
    drainProject(parts, project, feedOrder),
  );
  return createProcessRequests(drains, systemWorld);
};

const INVOCATION = "00-11111111111111111111111111111111-2222222222222222-00";

test("the trace of a submission joins its drain and, by the request's id, its todo", async () => {
  const submitter = createSubmitter(account.container);
  const tracer = trace.getTracer("a client");
  const submission = await tracer.startActiveSpan("click", async (span) => {
    await submitter.submit({ projectId: 7, title: "Buy milk", id: "milk-1" });
    span.end();
    return span.spanContext();
  });
  const changes = await itemsOf(account.container, 7, "request");
  await telemetry.processing({ changes, traceParent: INVOCATION }, () =>
    appOn(drainName)(changes, silent),
  );

  const [drain, processing] = spans.getFinishedSpans().slice(-2);
  expect(processing?.name).toBe("process items");
  expect(processing?.links.map(({ context: { spanId } }) => spanId)).toEqual([submission.spanId]);
  expect(processing?.attributes["todos.request.ids"]).toEqual(["milk-1"]);
  // It belongs to the invocation, as do the lines that the invocation logs.
  expect(processing?.spanContext().traceId).toBe("1".repeat(32));
  expect(drain?.parentSpanContext?.spanId).toBe(processing?.spanContext().spanId);
  expect(drain?.attributes).toMatchObject({
    "db.operation.name": "execute_procedure",
    "todos.project": "7",
    "todos.requests.done": 1,
    "azure.cosmosdb.operation.request_charge": expect.any(Number),
  });
  const [todo] = await itemsOf(account.container, 7, "todo");
  expect(todo).toMatchObject({ requestId: "milk-1" });
  // Nothing in it may tell when or by whom it was made (I3).
  expect(
    Object.keys(todo ?? {})
      .filter((name) => !name.startsWith("_"))
      .sort(),
  ).toEqual(["id", "projectId", "requestId", "title", "todoId", "type"].sort());
});

test("a submission outside of any span stores no trace", async () => {
  await createSubmitter(account.container).submit({ projectId: 8, title: "t", id: "r" });
  const [request] = await itemsOf(account.container, 8, "request");
  expect(request).not.toHaveProperty("traceparent");
});

test("a batch names and links 32 requests at most, and passes over what is no trace", async () => {
  const changes = Array.from({ length: 100 }, (_, n) => ({
    id: `r${n}`,
    projectId: 9,
    type: "request",
    title: "t",
    traceparent: n % 2 ? INVOCATION : "00-nonsense",
  }));
  await telemetry.processing({ changes, traceParent: undefined }, async () => undefined);
  const [processing] = spans.getFinishedSpans();
  expect(processing?.attributes["todos.request.ids"]).toHaveLength(32);
  expect(processing?.links).toHaveLength(16);
});

test("the echo of our own writes makes no span", async () => {
  const changes = [{ id: "todo:r", projectId: 9, type: "todo", todoId: 1 }];
  await telemetry.processing({ changes, traceParent: INVOCATION }, async () => undefined);
  expect(spans.getFinishedSpans()).toEqual([]);
});

test("a drain that fails ends its span as an error, and its retries are counted by reason", async () => {
  let calls = 0;
  const callDrain = callDrainIn(account.container, drainName, (project, call) =>
    telemetry.watchDrain(project, () => {
      calls += 1;
      if (calls < 3) return Promise.reject(Object.assign(new Error("busy"), { code: 449 }));
      return call();
    }),
  );
  const parts = { callDrain, world: systemWorld, onRetry: telemetry.retried };
  await drainProject(parts, { key: "10", partitionKey: 10 }, []);
  const failed = spans.getFinishedSpans().map(({ attributes }) => attributes["error.type"]);
  expect(failed).toEqual(["449", "449", undefined]);
  await reader.forceFlush();
  const told = numbers
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics);
  const retries = told?.find(({ descriptor }) => descriptor.name === "todos.drain.retries");
  expect(retries?.dataPoints).toMatchObject([{ value: 2, attributes: { "error.type": "449" } }]);
});
