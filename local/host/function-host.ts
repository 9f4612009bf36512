import type { AddressInfo } from "node:net";
import { systemWorld, type World } from "../../client/world.ts";
import type { RegisteredFunction } from "./core-api.ts";
import { startCosmosTrigger } from "./cosmos-trigger.ts";
import { type FunctionApp, loadFunctionApp } from "./function-app.ts";
import { createHttpServer, type HttpFunction, httpFunction } from "./http-trigger.ts";
import { createFunctionInvoker, runAppHooks } from "./invoke-function.ts";
import { hearMetrics } from "./local-metrics.ts";
import { createLog, type Log, type LogLevel } from "./log-line.ts";
import type { AppSettings } from "./resolve-setting.ts";
import { invokeWithRetries, retryPolicyOf } from "./retry-policy.ts";
import { startTimer } from "./timer-trigger.ts";
import { type Trigger, triggerOf } from "./trigger.ts";

export type FunctionHostOptions = {
  /** The folder of the built app, with package.json and host.json. */
  readonly appDirectory: string;
  readonly settings: AppSettings;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly hostname?: string;
  /**
   * The owner's name on the leases of change feed triggers; a new GUID unless given. A host that keeps its
   * name over a restart has its leases back at once; two hosts must not have the same.
   */
  readonly instanceName?: string;
  /** Takes the place of the level in host.json. */
  readonly logLevel?: LogLevel;
  readonly write?: (line: string) => void;
  readonly world?: World;
};

export type FunctionHost = {
  readonly url: string;
  readonly functions: readonly { readonly name: string; readonly trigger: Trigger["kind"] }[];
  /** Stops all triggers, waits for what runs, and runs the app's terminate hooks. */
  readonly close: () => Promise<void>;
};

/** The port of Core Tools. */
export const DEFAULT_FUNCTIONS_PORT = 7071;

/**
 * Runs a built function app, unchanged, as the Azure Functions host would.
 *
 * shape   one app, one process: the settings become the environment of the process, and what the app
 *         throws outside of a function ends the process, as there
 * errors  throws before anything runs if the app needs what the local host lacks, naming it, or if the
 *         port is taken; a Cosmos DB trigger that cannot reach its account keeps trying and logs it
 */
export const startFunctionHost = async (options: FunctionHostOptions): Promise<FunctionHost> => {
  const write = options.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
  Object.assign(process.env, definedOf(options.settings));
  const showMetrics = hearMetrics();
  const app = loadFunctionApp(options.appDirectory, createLog("warning", write));
  const log = createLog(options.logLevel ?? app.hostFile.logLevel, write);
  const triggered = app.functions.map((registered) => ({
    registered,
    trigger: triggerOf(registered, options.settings),
  }));
  const appHookData = {};
  const running = await startTriggers(triggered, { app, log, options, appHookData, showMetrics });
  return {
    url: running.url,
    functions: triggered.map(({ registered, trigger }) => ({
      name: registered.metadata.name,
      trigger: trigger.kind,
    })),
    close: async () => {
      await running.stop();
      await runAppHooks(app, "appTerminate", appHookData);
    },
  };
};

const definedOf = (settings: AppSettings): object =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

type Triggered = { readonly registered: RegisteredFunction; readonly trigger: Trigger };
type Host = {
  readonly app: FunctionApp;
  readonly log: Log;
  readonly options: FunctionHostOptions;
  readonly appHookData: object;
  readonly showMetrics: () => Promise<string>;
};

const startTriggers = async (triggered: readonly Triggered[], host: Host) => {
  const { app, log, options, appHookData, showMetrics } = host;
  const world = options.world ?? systemWorld;
  const invoke = createFunctionInvoker(app, log, appHookData);
  const stopping = new AbortController();
  const http: HttpFunction[] = [];
  const starts: (() => () => Promise<void>)[] = [];
  for (const { registered, trigger } of triggered) {
    const { name: functionName, retryOptions } = registered.metadata;
    const policy = retryPolicyOf(retryOptions);
    const run = (json: string, signal: AbortSignal) =>
      invokeWithRetries(
        (retryContext) => invoke(registered, { data: { json }, retryContext }),
        policy,
        { world, signal },
      );
    const common = { functionName, world, log, stopping: stopping.signal };
    if (trigger.kind === "httpTrigger") {
      http.push(httpFunction(registered, trigger, app.hostFile.routePrefix));
    } else if (trigger.kind === "timerTrigger") {
      starts.push(startTimer({ ...common, trigger, run }));
    } else {
      starts.push(() => startCosmosTrigger({ ...common, trigger, run, ...hostFacts(options) }));
    }
  }
  const server = await listen(createHttpServer(http, invoke, showMetrics), options);
  await runAppHooks(app, "appStart", appHookData);
  const stops = starts.map((start) => start());
  return {
    url: server.url,
    stop: async () => {
      stopping.abort();
      await Promise.all([server.close(), ...stops.map((stop) => stop())]);
    },
  };
};

const hostFacts = ({ settings, instanceName }: FunctionHostOptions) => ({
  settings,
  ...(instanceName === undefined ? {} : { instanceName }),
});

type HttpServer = ReturnType<typeof createHttpServer>;

const listen = async (server: HttpServer, { port, hostname }: FunctionHostOptions) => {
  const host = hostname ?? "127.0.0.1";
  const asked = port ?? DEFAULT_FUNCTIONS_PORT;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? portInUse(asked, error) : error);
    });
    server.listen(asked, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${taken}`,
    close: () =>
      new Promise<void>((resolve) => {
        // A client that is never idle would keep its connection, and us, for ever.
        server.prependListener("request", (_request, response) => {
          response.shouldKeepAlive = false;
        });
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
};

const portInUse = (port: number, cause: Error): Error =>
  new Error(
    `Port ${port} for the functions is in use; stop the other program or pass --functions-port with another (0 takes a free one)`,
    { cause },
  );
