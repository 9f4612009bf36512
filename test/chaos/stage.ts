import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FunctionsFacts, ServerConfig, ServerFacts } from "../../cli/processes/messages.ts";
import { EMBEDDED_SERVER } from "../../client/settings.ts";
import { type Account, connectOwn, provisionAccount } from "./account.ts";
import { copyBuiltApp } from "./built-app.ts";
import type { Child } from "./child.ts";
import type { Report } from "./finding.ts";
import { addHosts, addSubmitters, addSubscribers, type Subscriber } from "./members.ts";
import { createTroupe, type Troupe } from "./troupe.ts";

/** Everything that runs, and our own way in. */
export type Stage = Account & {
  readonly troupe: Troupe;
  readonly dataFolder: string;
  readonly server: Child<ServerFacts>;
  readonly hosts: readonly Child<FunctionsFacts>[];
  readonly submitters: readonly Child<object>[];
  readonly subscribers: readonly Subscriber[];
  readonly journalOf: (name: string) => string;
  readonly close: () => Promise<void>;
};

export type StageOptions = {
  /** An empty folder for data, journals and logs. */
  readonly directory: string;
  readonly hosts: number;
  readonly report: Report;
};

const SERVER_FILE = join(import.meta.dirname, "../../cli/processes/server-process.ts");

/** Starts server, function hosts, submitters and subscribers, each with a link of its own to the server. */
export const openStage = async ({ directory, hosts, report }: StageOptions): Promise<Stage> => {
  const dataFolder = join(directory, "data");
  const appDirectory = join(directory, "app");
  copyBuiltApp(appDirectory);
  const [logs, journals] = [join(directory, "logs"), join(directory, "journals")];
  for (const folder of [logs, journals]) mkdirSync(folder);
  const troupe = createTroupe(logs, report);
  try {
    const server = troupe.add<ServerConfig, ServerFacts>({
      name: "server",
      file: SERVER_FILE,
      config: () => ({ port: 0, directory: dataFolder }),
    });
    await server.start();
    const connectionTo = async (name: string): Promise<string> => {
      const endpoint = await troupe.link(name, () => server.facts()?.endpoint);
      return `AccountEndpoint=${endpoint};AccountKey=${KEY};`;
    };
    const account = connectOwn(await connectionTo("own"));
    await provisionAccount(account, appDirectory);
    const journalOf = (name: string): string => join(journals, name);
    const parts = { troupe, connectionTo, journalOf, appDirectory };
    const stage = {
      ...account,
      troupe,
      dataFolder,
      server,
      journalOf,
      hosts: await addHosts(hosts, parts),
      subscribers: await addSubscribers(parts),
    };
    const submitters = await addSubmitters(stage.hosts, parts);
    const children = [...stage.hosts, ...stage.subscribers, ...submitters];
    await Promise.all(children.map((child) => child.start()));
    const close = async (): Promise<void> => {
      account.client.dispose();
      await troupe.close();
    };
    return { ...stage, submitters, close };
  } catch (error) {
    await troupe.close();
    throw error;
  }
};

const KEY = EMBEDDED_SERVER.kind === "key" ? EMBEDDED_SERVER.key : "";
