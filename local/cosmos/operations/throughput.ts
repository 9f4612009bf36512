import { badRequest } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { headerOf } from "../http/request-headers.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** RU/s of one physical partition; the SDKs' own tests imply it (25,100 RU/s have five). */
const RU_PER_PARTITION = 6_000;
const MIN_THROUGHPUT_RU = 400;
const AUTOSCALE_MIN_SHARE = 0.1;

/** Reads the throughput that a create asks for, as the content of an offer. */
export const declaredThroughput = ({ headers }: CosmosRequest): JsonObject | undefined => {
  const manual = headerOf(headers, "x-ms-offer-throughput");
  if (manual !== undefined) return offerContent({ offerThroughput: Number(manual) });
  const autoscale = headerOf(headers, "x-ms-cosmos-offer-autopilot-settings");
  if (autoscale === undefined) return undefined;
  return offerContent({ offerAutopilotSettings: parseSettings(autoscale) });
};

const parseSettings = (header: string): JsonObject => {
  try {
    return JSON.parse(header) as JsonObject;
  } catch {
    throw badRequest("The header x-ms-cosmos-offer-autopilot-settings is not valid JSON.");
  }
};

export const DEFAULT_THROUGHPUT: JsonObject = {
  offerThroughput: MIN_THROUGHPUT_RU,
  offerIsRUPerMinuteThroughputEnabled: false,
};

/** Checks and completes the content of an offer; 400 below the least throughput. */
export const offerContent = (declared: JsonObject): JsonObject => {
  const max = maxThroughput(declared);
  if (!Number.isSafeInteger(max) || max < MIN_THROUGHPUT_RU) {
    throw badRequest(`The offer should have a throughput of at least ${MIN_THROUGHPUT_RU} RU/s.`);
  }
  const { offerAutopilotSettings: autoscale } = declared;
  return {
    offerThroughput: autoscale ? max * AUTOSCALE_MIN_SHARE : max,
    offerIsRUPerMinuteThroughputEnabled: false,
    ...(autoscale ? { offerAutopilotSettings: autoscale } : {}),
  };
};

/** Physical partitions that a throughput needs. */
export const partitionsFor = (content: JsonObject): number =>
  Math.ceil(maxThroughput(content) / RU_PER_PARTITION);

const maxThroughput = ({ offerThroughput, offerAutopilotSettings }: JsonObject): number =>
  Number(
    isJsonObject(offerAutopilotSettings) ? offerAutopilotSettings.maxThroughput : offerThroughput,
  );
