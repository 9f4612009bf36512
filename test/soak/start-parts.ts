import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container } from "@azure/cosmos";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { provision } from "../../local/azure/provision.ts";
import type { HostConfig } from "./host-process.ts";
import type { HotConfig } from "./hot-process.ts";
import type { LoadConfig } from "./load-process.ts";
import type { Phase } from "./phase.ts";
import type { SoakOptions } from "./soak-options.ts";
import { type RunningPart, startPart } from "./start-part.ts";
import type { SubscriberConfig } from "./subscriber-process.ts";

/** All processes of a soak, and a client of this one. */
export type Parts = {
  readonly server: RunningPart<unknown>;
  readonly all: readonly RunningPart<unknown>[];
  readonly load: RunningPart<unknown>;
  readonly hot: RunningPart<unknown>;
  readonly subscriber: RunningPart<unknown>;
  readonly container: Container;
  readonly enter: (phase: Phase) => void;
  /** Rejects when one of them ends by itself. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
};

/** Starts a local Azure with two function hosts on an empty data folder, and all that use it. */
export const startParts = async (
  { appDirectory, quietProjects, rate, seed, hotCallers, ...options }: SoakOptions,
  note: (line: string) => void,
): Promise<Parts> => {
  const { reportEveryMs, collectEveryMs } = options;
  const stops: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const start = async <Facts>(name: string, file: string, config: object) => {
    const reporting = { reportEveryMs, collectEveryMs };
    const part = await startPart<Facts>({ name, file, config: { ...config, ...reporting }, note });
    stops.push(part.stop);
    return part;
  };
  try {
    const directory = mkdtempSync(join(tmpdir(), "soak-"));
    stops.push(() => rmSync(directory, { recursive: true, force: true }));
    const server = await start<{ connectionString: string }>("cosmos", "server-process.ts", {
      directory,
    });
    const { connectionString } = server.facts;
    const settings = readSettings({ COSMOS: connectionString });
    const client = connect(settings);
    stops.push(() => client.dispose());
    await provision(client, { ...settings, appDirectory });
    const hostConfig: HostConfig = { appDirectory, connectionString };
    const hosts = [
      await start<{ url: string }>("host 1", "host-process.ts", hostConfig),
      await start<{ url: string }>("host 2", "host-process.ts", hostConfig),
    ];
    const subscriberConfig: SubscriberConfig = { connectionString };
    const subscriber = await start("subscriber", "subscriber-process.ts", subscriberConfig);
    const hotConfig: HotConfig = { connectionString, callers: hotCallers };
    const hot = await start("hot", "hot-process.ts", hotConfig);
    const urls = hosts.map(({ facts }) => facts.url);
    const loadConfig: LoadConfig = { connectionString, urls, quietProjects, rate, seed };
    const load = await start("load", "load-process.ts", loadConfig);
    const all = [server, ...hosts, subscriber, hot, load];
    return {
      ...{ server, load, hot, subscriber, all, stop },
      container: itemsContainer(client, settings),
      enter: (phase) => {
        for (const part of all) part.enter(phase);
      },
      failed: Promise.race(all.map((part) => part.failed)),
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
