import { type Meter, ValueType } from "@opentelemetry/api";

/** What our meter and tracer are called. */
export const TELEMETRY_SCOPE = "todos";

/**
 * The numbers that the app emits, by the names of the OpenTelemetry semantic conventions where they
 * have one.
 *
 * shape   none has the project as an attribute, since their number has no bound: the worst project
 *         is in the log
 * source  opentelemetry.io/docs/specs/semconv: database/cosmosdb, messaging/messaging-metrics
 */
export const METRICS = {
  oldestPendingAge: {
    name: "todos.pending.oldest_age",
    unit: "s",
    description: "Age of the oldest request that the sweep found late, 0 if none",
  },
  lateProjects: {
    name: "todos.pending.late_projects",
    unit: "{project}",
    description: "Projects whose oldest pending request is late",
  },
  ended: {
    name: "todos.requests.ended",
    unit: "{request}",
    description: "Requests that ended, by todos.request.status: done or rejected",
  },
  endedPerDrain: {
    name: "todos.drain.requests",
    unit: "{request}",
    description: "Requests that one call of the drain ended",
  },
  drainDuration: {
    name: "db.client.operation.duration",
    unit: "s",
    description: "Time that one call of the drain took",
  },
  requestCharge: {
    name: "azure.cosmosdb.client.operation.request_charge",
    unit: "{request_unit}",
    description: "RU that one call of the drain cost; by requests done it is the RU per todo",
  },
  retries: {
    name: "todos.drain.retries",
    unit: "{call}",
    description: "Calls of the drain that had to be made again, by error.type",
  },
  delivered: {
    name: "messaging.client.consumed.messages",
    unit: "{message}",
    description: "Changes that the change feed delivered",
  },
  feedLag: {
    name: "todos.feed.lag",
    unit: "s",
    description: "Age of the oldest pending request of a batch when the change feed delivered it",
  },
  leases: {
    name: "todos.leases.count",
    unit: "{lease}",
    description: "Leases of the change feed, by todos.lease.state: owned or free",
  },
  owners: { name: "todos.leases.owners", unit: "{host}", description: "Hosts that own leases" },
  mostOwned: {
    name: "todos.leases.most_owned",
    unit: "{lease}",
    description: "Leases of the host that owns most",
  },
} as const;

/** Makes the instruments; only what is made after a provider was set is heard by it. */
export const createInstruments = (meter: Meter) => {
  const whole = { valueType: ValueType.INT };
  const gauge = (metric: Metric) => meter.createGauge(metric.name, metric);
  const histogram = (metric: Metric, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(metric.name, { ...metric, advice: { explicitBucketBoundaries } });
  const counter = (metric: Metric) => meter.createCounter(metric.name, { ...metric, ...whole });
  return {
    ended: counter(METRICS.ended),
    retries: counter(METRICS.retries),
    delivered: counter(METRICS.delivered),
    endedPerDrain: histogram(METRICS.endedPerDrain, [0, 1, 2, 5, 10, 25, 50, 100, 200, 400]),
    drainDuration: histogram(METRICS.drainDuration, SECONDS),
    requestCharge: histogram(METRICS.requestCharge, [5, 10, 50, 100, 500, 1_000, 5_000, 10_000]),
    feedLag: histogram(METRICS.feedLag, SECONDS),
    oldestPendingAge: gauge(METRICS.oldestPendingAge),
    lateProjects: gauge(METRICS.lateProjects),
    leases: gauge(METRICS.leases),
    owners: gauge(METRICS.owners),
    mostOwned: gauge(METRICS.mostOwned),
  };
};

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

type Metric = (typeof METRICS)[keyof typeof METRICS];
