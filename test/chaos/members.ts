import { join } from "node:path";
import type { FunctionsConfig, FunctionsFacts } from "../../cli/processes/messages.ts";
import type { Child } from "./child.ts";
import type { SubmitterConfig, SubscriberConfig } from "./process-config.ts";
import type { Troupe } from "./troupe.ts";

/** What the members are made of. */
export type Parts = {
  readonly troupe: Troupe;
  /** Opens a link to the server for the process of that name. */
  readonly connectionTo: (name: string) => Promise<string>;
  readonly journalOf: (name: string) => string;
  /** The built function app. */
  readonly appDirectory: string;
};

const HOST_FILE = join(import.meta.dirname, "../../cli/processes/functions-process.ts");
const SUBMITTER_FILE = join(import.meta.dirname, "submitter-process.ts");
const SUBSCRIBER_FILE = join(import.meta.dirname, "subscriber-process.ts");

const SUBMITTERS = [
  { kind: "raw", name: "raw-1", pauseMs: 30, atOnce: 2 },
  { kind: "raw", name: "raw-2", pauseMs: 90, atOnce: 4 },
  { kind: "client", name: "client-1", pauseMs: 200, atOnce: 6 },
  { kind: "http", name: "http-1", pauseMs: 100, atOnce: 2 },
] as const;

/** The hot project has a subscriber of its own, beside that of all projects. */
const SUBSCRIBERS: readonly { readonly name: string; readonly projectId?: number }[] = [
  { name: "all-todos" },
  { name: "project-1", projectId: 1 },
];

export type Subscriber = Child<object> & { readonly projectId?: number };

/** Function hosts that come back under a new name each time: their leases must expire. */
export const addHosts = async (
  count: number,
  { troupe, connectionTo, appDirectory }: Parts,
): Promise<readonly Child<FunctionsFacts>[]> => {
  const names = Array.from({ length: count }, (_, i) => `host-${i + 1}`);
  return Promise.all(
    names.map(async (name) => {
      const COSMOS = await connectionTo(name);
      return troupe.add<FunctionsConfig, FunctionsFacts>({
        name,
        file: HOST_FILE,
        config: (life) => ({
          port: 0,
          appDirectory,
          instanceName: instanceOf(name, life),
          settings: { COSMOS },
        }),
      });
    }),
  );
};

/** The owner on the leases of a host in one of its lives. */
export const instanceOf = (name: string, life: number): string => `${name} life ${life}`;

/** Submitters of each kind; what comes over HTTP goes to whichever host is there. */
export const addSubmitters = async (
  hosts: readonly Child<FunctionsFacts>[],
  { troupe, connectionTo, journalOf }: Parts,
): Promise<readonly Child<object>[]> => {
  const anyHost = (): string | undefined => {
    const urls = hosts.flatMap((host) => host.facts()?.url ?? []);
    return urls[Math.floor(Math.random() * urls.length)];
  };
  return Promise.all(
    SUBMITTERS.map(async ({ name, kind, ...pace }) => {
      const link = kind === "http" ? troupe.link(name, anyHost) : connectionTo(name);
      const address = (await link).replace(/\/$/, "");
      return troupe.add<SubmitterConfig, object>({
        name,
        file: SUBMITTER_FILE,
        config: (life) => {
          const named = { kind, name: `${name}-${life}`, address, journalFile: journalOf(name) };
          return { ...named, ...pace };
        },
      });
    }),
  );
};

/** Subscribers that store how far they are, and go on there in their next life. */
export const addSubscribers = ({
  troupe,
  connectionTo,
  journalOf,
}: Parts): Promise<readonly Subscriber[]> =>
  Promise.all(
    SUBSCRIBERS.map(async ({ name, ...scope }) => {
      const connectionString = await connectionTo(name);
      const journalFile = journalOf(name);
      const config = { connectionString, journalFile, ...scope };
      const child = troupe.add<SubscriberConfig, object>({
        name,
        file: SUBSCRIBER_FILE,
        config: () => ({ ...config, continuationFile: `${journalFile}.continuation` }),
        mayKillItself: true,
      });
      return { ...child, ...scope };
    }),
  );
