import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Container } from "@azure/cosmos";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";
import type { Output } from "../output.ts";
import type {
  FunctionsConfig,
  FunctionsFacts,
  ServerConfig,
  ServerFacts,
} from "../processes/messages.ts";
import { type Supervised, supervise } from "../processes/supervise.ts";
import { untilReachable } from "../until-reachable.ts";
import { UserError } from "../user-error.ts";

export type LocalAzureOptions = {
  readonly directory: string;
  readonly port: number;
  readonly functionsPort: number;
  readonly output: Output;
};

/** The embedded server and the function app, each a process that is started again when it ends. */
export type LocalAzure = {
  readonly server: Supervised<ServerFacts>;
  readonly functions: Supervised<FunctionsFacts>;
  readonly items: Container;
  readonly stop: () => Promise<void>;
};

const APP_DIRECTORY = join(import.meta.dirname, "../../dist");

/**
 * Starts a laptop-sized Azure: server, containers, stored procedure, function app.
 *
 * errors  UserError if one of them cannot start; the others are stopped then
 */
export const startLocalAzure = async (options: LocalAzureOptions): Promise<LocalAzure> => {
  if (!existsSync(join(APP_DIRECTORY, "main.cjs"))) {
    throw new UserError('There is no built function app in dist/; run "npm run build" first.');
  }
  const server = await startServer(options);
  const stops = [server.stop];
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each();
  };
  try {
    const settings = settingsFor(server.facts);
    const client = connect(readSettings(settings), { userAgentSuffix: "command-line" });
    stops.push(async () => client.dispose());
    const { database, container, leaseContainer } = readSettings(settings);
    const names = { database, container, leaseContainer };
    await untilReachable(() => provision(client, { ...names, appDirectory: APP_DIRECTORY }));
    const functions = await startFunctions(options, settings);
    stops.push(functions.stop);
    return { server, functions, items: itemsContainer(client, readSettings(settings)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const startServer = ({ directory, port, output }: LocalAzureOptions) =>
  supervise<ServerConfig, ServerFacts>({
    name: "Cosmos DB",
    file: "server-process.ts",
    config: { directory, port },
    configAgain: ({ endpoint }) => ({ directory, port: Number(new URL(endpoint).port) }),
    ...noting(output, "cosmos"),
  });

const startFunctions = (
  { functionsPort, directory, output }: LocalAzureOptions,
  settings: AppSettings,
) => {
  const config = { appDirectory: APP_DIRECTORY, settings, instanceName: instanceOf(directory) };
  return supervise<FunctionsConfig, FunctionsFacts>({
    name: "The function app",
    file: "functions-process.ts",
    config: { ...config, port: functionsPort },
    configAgain: ({ url }) => ({ ...config, port: Number(new URL(url).port) }),
    ...noting(output, "functions"),
  });
};

/** One server at a time holds a data folder, so whoever had this name before is dead. */
const instanceOf = (directory: string): string =>
  `start-${createHash("sha256").update(resolve(directory)).digest("hex").slice(0, 16)}`;

const noting = (output: Output, role: string) => ({
  note: output.note,
  onStarted: (pid: number) => output.emit({ event: "process", role, pid }),
});

type AppSettings = Readonly<Record<string, string>>;

/** Our server takes the place of any account that the environment names; its names stay. */
const settingsFor = ({ connectionString }: ServerFacts): AppSettings => {
  const names = ["COSMOS_DATABASE", "COSMOS_CONTAINER", "COSMOS_LEASE_CONTAINER"];
  const given = names.flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value] as const] : [];
  });
  return {
    ...Object.fromEntries(given),
    COSMOS: connectionString,
    COSMOS__accountEndpoint: "",
    COSMOS__clientId: "",
    // What the environment promises or reports for another account is not meant for this one.
    DURABILITY: "",
    COSMOS_PREFERRED_REGIONS: "",
    APPLICATIONINSIGHTS_CONNECTION_STRING: "",
  };
};
