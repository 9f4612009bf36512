import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Binding, RegisteredFunction } from "./core-api.ts";
import { triggerBindingName } from "./invoke-function.ts";
import { type AppSettings, resolveSettings } from "./resolve-setting.ts";

const CosmosTrigger = t.intersection([
  t.type({
    kind: t.literal("cosmosDBTrigger"),
    connection: t.string,
    databaseName: t.string,
    containerName: t.string,
  }),
  t.partial({
    leaseConnection: t.string,
    leaseDatabaseName: t.string,
    leaseContainerName: t.string,
    createLeaseContainerIfNotExists: t.boolean,
    leaseContainerPrefix: t.string,
    feedPollDelay: t.number,
    leaseAcquireInterval: t.number,
    leaseExpirationInterval: t.number,
    leaseRenewInterval: t.number,
    maxItemsPerInvocation: t.number,
    startFromBeginning: t.boolean,
    startFromTime: t.string,
  }),
]);
const TimerTrigger = t.intersection([
  t.type({ kind: t.literal("timerTrigger"), schedule: t.string }),
  t.partial({ runOnStartup: t.boolean }),
]);
const HttpTrigger = t.intersection([
  t.type({ kind: t.literal("httpTrigger") }),
  t.partial({ route: t.string, methods: t.readonlyArray(t.string) }),
]);

/** The options of a Cosmos DB trigger that the local host heeds. Names as in `app.cosmosDB`; times in ms. */
export type CosmosTrigger = t.TypeOf<typeof CosmosTrigger>;
export type TimerTrigger = t.TypeOf<typeof TimerTrigger>;
export type HttpTrigger = t.TypeOf<typeof HttpTrigger>;
export type Trigger = CosmosTrigger | TimerTrigger | HttpTrigger;

/**
 * Reads what triggers a function, with `%SETTING%` replaced.
 *
 * errors  throws, naming it, for every trigger, binding or option that the local host cannot honour
 */
export const triggerOf = (registered: RegisteredFunction, settings: AppSettings): Trigger => {
  const { name, bindings } = registered.metadata;
  const where = `The function "${name}"`;
  const triggerName = triggerBindingName(registered);
  for (const [bindingName, binding] of Object.entries(bindings)) {
    if (bindingName !== triggerName) refuseOtherThanHttpReturn(where, bindingName, binding);
  }
  const binding = resolveBinding(bindings[triggerName], settings, where);
  refuseWhatAzureWouldDo(where, binding);
  const kind = KINDS[binding.type.toLowerCase()];
  if (!kind) {
    throw new Error(
      `${where} has a ${binding.type}; the local host knows ${KNOWN}, use one of them or run it in Azure`,
    );
  }
  const codec: t.Decoder<unknown, Trigger> = codecs[kind];
  const decoded = codec.decode({ ...binding, kind });
  if (E.isRight(decoded)) return decoded.right;
  const paths = decoded.left.map(({ context }) => context.map(({ key }) => key).filter(Boolean));
  const wrong = [...new Set(paths.map((path) => path.filter(isOptionName).join(".")))].join(", ");
  throw new Error(`${where} has a ${kind} with missing or wrong options: ${wrong}; correct them`);
};

const codecs = {
  cosmosDBTrigger: CosmosTrigger,
  timerTrigger: TimerTrigger,
  httpTrigger: HttpTrigger,
} as const;
const KINDS: Readonly<Record<string, keyof typeof codecs>> = {
  cosmosdbtrigger: "cosmosDBTrigger",
  timertrigger: "timerTrigger",
  httptrigger: "httpTrigger",
};
const KNOWN = "cosmosDBTrigger, timerTrigger and httpTrigger";

// io-ts counts the parts of an intersection in the path.
const isOptionName = (key: string): boolean => !/^\d+$/.test(key);

const refuseOtherThanHttpReturn = (where: string, name: string, { type, direction }: Binding) => {
  if (type === "http" && direction === "out") return;
  throw new Error(
    `${where} has the ${direction} binding "${name}" of type ${type}; the local host has no such binding, use the SDK instead`,
  );
};

const refuseWhatAzureWouldDo = (where: string, binding: Binding): void => {
  const { changeFeedMode, startFromBeginning, startFromTime, sdkBinding } = binding;
  if (changeFeedMode !== undefined && changeFeedMode !== "LatestVersion") {
    throw new Error(
      `${where} wants changeFeedMode ${changeFeedMode}; the local host has LatestVersion`,
    );
  }
  if (sdkBinding === true) throw new Error(`${where} wants sdkBinding; the local host has none`);
  if (startFromBeginning === true && startFromTime) {
    throw new Error(`${where} sets startFromBeginning and startFromTime; keep one of them`);
  }
};

const resolveBinding = (
  binding: Binding | undefined,
  settings: AppSettings,
  where: string,
): Binding => {
  if (!binding) throw new Error(`${where} has no trigger; give it one`);
  const resolved = Object.entries(binding).map(([key, value]) => [
    key,
    typeof value === "string" && key !== "type" ? resolveSettings(value, settings, where) : value,
  ]);
  return Object.fromEntries(resolved);
};
