import { metrics } from "@opentelemetry/api";
import {
  type DataPoint,
  type Histogram,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";

/** Where the host shows the numbers of the app; no route of an app begins so. */
export const METRICS_PATH = "/_local/metrics";

/**
 * Hears the OpenTelemetry metrics of the app that is loaded after this.
 *
 * shape   answers what renders them as text: a line for each metric and set of attributes, as counted
 *         since the start. The first call counts: OpenTelemetry knows one provider in a process
 */
export const hearMetrics = (): (() => Promise<string>) => {
  if (reader === undefined) {
    reader = new PulledReader();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  }
  const heard = reader;
  return async () => {
    const { resourceMetrics } = await heard.collect();
    const lines = resourceMetrics.scopeMetrics
      .flatMap(({ metrics: ofScope }) => ofScope)
      .flatMap(({ descriptor: { name, unit }, dataPoints }) =>
        dataPoints.map((point) => `${name}${attributesOf(point)} ${measured(point)} ${unit}\n`),
      );
    return lines.sort().join("");
  };
};

class PulledReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

let reader: PulledReader | undefined;

type Point = DataPoint<number | Histogram> | DataPoint<unknown>;

const attributesOf = ({ attributes }: Point): string => {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}=${String(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.sort().join(",")}}`;
};

const measured = ({ value }: Point): string => {
  if (typeof value === "number") return rounded(value);
  const { count, sum = 0, max = 0 } = value as Histogram;
  const mean = count === 0 ? 0 : sum / count;
  return `count=${count} sum=${rounded(sum)} mean=${rounded(mean)} max=${rounded(max)}`;
};

const rounded = (value: number): string => String(Math.round(value * 1000) / 1000);
