import { context, metrics, trace } from "@opentelemetry/api";
import { createContextManager } from "./active-context.ts";
import type { TelemetrySettings } from "./telemetry-settings.ts";

const EXPORT_INTERVAL_MS = 60_000;

/** Sends what is left, and ends. */
export type StopTelemetry = () => Promise<void>;

/**
 * Sends metrics and traces to Application Insights.
 *
 * shape   without settings it sets nothing: whoever runs the app may have, as the local host does.
 *         The SDK is loaded only here, since a laptop never needs it
 * errors  throws if the connection string is none
 */
export const startTelemetry = async (
  settings: TelemetrySettings | undefined,
): Promise<StopTelemetry> => {
  if (settings === undefined) return async () => undefined;
  const [azure, sdk, spans, { resourceFromAttributes }] = await Promise.all([
    import("@azure/monitor-opentelemetry-exporter"),
    import("@opentelemetry/sdk-metrics"),
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/resources"),
  ]);
  const target = {
    connectionString: settings.connectionString,
    // The disk of an instance ends with it, and a batch that fails is tried again from memory.
    disableOfflineStorage: true,
    ...(await credentialOf(settings)),
  };
  const resource = resourceFromAttributes({
    "service.name": settings.role,
    "service.instance.id": settings.instance,
  });
  const exporter = new azure.AzureMonitorMetricExporter(target);
  const meters = new sdk.MeterProvider({
    resource,
    readers: [
      new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: EXPORT_INTERVAL_MS }),
    ],
  });
  const tracers = new spans.BasicTracerProvider({
    resource,
    // The host marks few of its invocations as sampled; a span for each drain is little enough.
    sampler: new spans.AlwaysOnSampler(),
    spanProcessors: [new spans.BatchSpanProcessor(new azure.AzureMonitorTraceExporter(target))],
  });
  context.setGlobalContextManager(createContextManager());
  metrics.setGlobalMeterProvider(meters);
  trace.setGlobalTracerProvider(tracers);
  return async () => {
    await Promise.allSettled([meters.shutdown(), tracers.shutdown()]);
  };
};

const credentialOf = async ({ clientId }: TelemetrySettings) => {
  if (clientId === undefined) return {};
  const { ManagedIdentityCredential } = await import("@azure/identity");
  return { credential: new ManagedIdentityCredential(clientId ? { clientId } : {}) };
};
