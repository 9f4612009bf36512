import { expect, onTestFinished } from "vitest";
import {
  type ChangeFeedProcessor,
  createChangeFeedProcessor,
} from "../../client/change-feed-processor.ts";
import type { Lease } from "../../client/processor/lease.ts";
import type { ChangeFeedProcessorOptions } from "../../client/processor/options.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { type Account, createAccount } from "./embedded-account.ts";

/** Fast, yet with an expiry that a busy machine does not reach by being slow. */
export const TIMINGS = {
  feedPollDelayMs: 10,
  leaseAcquireIntervalMs: 50,
  leaseRenewIntervalMs: 300,
  leaseExpirationIntervalMs: 2_000,
  bootstrapWaitMs: 20,
};

const PROJECTS = 24;

/** Makes an account that ends with the test. */
export const newAccountOn = async (server: CosmosServer, partitions: number): Promise<Account> => {
  const account = await createAccount(server, partitions);
  onTestFinished(() => account.client.dispose());
  return account;
};

/** One instance, and what its handler was given: ids in order. */
export type Instance = {
  readonly processor: ChangeFeedProcessor;
  readonly handled: string[];
  readonly errors: string[];
};

export const createInstance = (
  account: Account,
  name: string,
  options: Partial<ChangeFeedProcessorOptions> = {},
): Instance => {
  const handled: string[] = [];
  const errors: string[] = [];
  const processor = createChangeFeedProcessor({
    items: account.items,
    leases: account.leases,
    accountEndpoint: account.settings.account.endpoint,
    instanceName: name,
    startFrom: "beginning",
    maxItemCount: 7,
    ...TIMINGS,
    events: { onError: (error, during) => errors.push(`${during}: ${error}`) },
    ...options,
    handler: async (changes, context) => {
      await options.handler?.(changes, context);
      handled.push(...changes.map(({ id }) => String(id)));
    },
  });
  return { processor, handled, errors };
};

export const startInstance = async (
  ...args: Parameters<typeof createInstance>
): Promise<Instance> => {
  const instance = createInstance(...args);
  await instance.processor.start();
  onTestFinished(() => instance.processor.stop());
  return instance;
};

export const insert = async (
  { items }: Account,
  from: number,
  count: number,
): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, i) => String(from + i));
  await Promise.all(
    Array.from({ length: PROJECTS }, async (_, project) => {
      for (const id of ids.filter((each) => Number(each) % PROJECTS === project)) {
        await items.items.create({ id, projectId: project + 1, type: "request" });
      }
    }),
  );
  return ids;
};

export const leasesOf = async ({ leases }: Account): Promise<readonly Lease[]> => {
  const { resources } = await leases.items.readAll<Lease>().fetchAll();
  return resources.filter(({ LeaseToken }) => LeaseToken !== undefined);
};

export const ownersOf = async (account: Account): Promise<Readonly<Record<string, number>>> => {
  const owners: Record<string, number> = {};
  for (const { Owner } of await leasesOf(account)) {
    owners[Owner ?? "nobody"] = (owners[Owner ?? "nobody"] ?? 0) + 1;
  }
  return owners;
};

export const owns = async (account: Account, name: string, count: number): Promise<boolean> =>
  (await ownersOf(account))[name] === count;

export const hasAll = (ids: readonly string[], ...instances: readonly Instance[]): boolean => {
  const handled = new Set(instances.flatMap((each) => each.handled));
  return ids.every((id) => handled.has(id));
};

/** The changes of each project came in the order of their ids, repetitions aside. */
export const expectOrder = ({ handled }: Instance): void => {
  for (let project = 0; project < PROJECTS; project += 1) {
    const ids = [...new Set(handled.map(Number).filter((id) => id % PROJECTS === project))];
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  }
};
