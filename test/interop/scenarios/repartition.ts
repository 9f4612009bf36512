import { setTimeout } from "node:timers/promises";
import {
  countDuplicates,
  type Delivery,
  missingChanges,
  outOfOrderChanges,
  splitTransactions,
} from "../delivered-changes.ts";
import {
  allItems,
  type EmbeddedAccount,
  mergeLowest,
  scaleToPartitions,
  withEmbeddedAccount,
} from "../embedded-account.ts";
import { waitForOwners } from "../lease-owners.ts";
import {
  type ProcessorOptions,
  startDotnetProcessor,
  startTypescriptProcessor,
} from "../processors.ts";
import { type Figures, refute, type Scenario, until } from "../scenario.ts";
import { deployWriter, writeProjects } from "../write-projects.ts";

const PROJECTS = Array.from({ length: 16 }, (_, n) => n + 1);
const WORK_MS = 40;
const LIMIT_MS = 60_000;

/** How the partitions change while both processors work on them. */
type Change = {
  readonly name: "split" | "merge";
  readonly partitions: number;
  readonly leases: number;
  readonly apply: (account: EmbeddedAccount) => Promise<void>;
};

const SPLIT: Change = {
  name: "split",
  partitions: 2,
  leases: 4,
  apply: (account) => scaleToPartitions(account, 4),
};

/** Each lease keeps its range, now one of two in the same partition. */
const MERGE: Change = {
  name: "merge",
  partitions: 2,
  leases: 2,
  apply: async (account) => {
    await setTimeout(300);
    mergeLowest(account);
  },
};

/** Beyond item 8: partitions split while both processors work on them. */
export const splitPartitions: Scenario = {
  title: "leases follow a split, whichever processor holds them",
  run: (progress) =>
    withEmbeddedAccount(SPLIT.partitions, (account) => play(account, SPLIT, progress)),
};

/** Beyond item 8: partitions merge while both processors work on them. */
export const mergePartitions: Scenario = {
  title: "leases follow a merge, whichever processor holds them",
  run: (progress) =>
    withEmbeddedAccount(MERGE.partitions, (account) => play(account, MERGE, progress)),
};

const play = async (
  account: EmbeddedAccount,
  change: Change,
  progress: (text: string) => void,
): Promise<Figures> => {
  const { items, leases } = account;
  await deployWriter(items);
  const deliveries: Delivery[] = [];
  const options = (name: string): ProcessorOptions => ({
    account,
    name,
    prefix: change.name,
    maxItems: 20,
    // So a kill or a change of partitions meets batches that are being handled.
    workMs: WORK_MS,
    onDelivery: (delivery) => deliveries.push(delivery),
  });
  const dotnet = startDotnetProcessor(options("dotnet"));
  await dotnet.heard("started");
  const typescript = startTypescriptProcessor(options("typescript"));
  await waitForOwners(leases, { dotnet: 1, typescript: 1 });
  progress(`each has one of two leases; the partitions ${change.name} while writes go on`);
  const half = change.leases / 2;
  const [settleSeconds] = await Promise.all([
    change.apply(account).then(() => waitForOwners(leases, { dotnet: half, typescript: half })),
    writeProjects(items, { projects: PROJECTS, steps: 30, pauseMs: 30 }),
  ]);
  const documents = await allItems(items);
  await until("all changes", LIMIT_MS, () => {
    return missingChanges(documents, deliveries).length === 0;
  }).finally(() => refute("missing", missingChanges(documents, deliveries)));
  await Promise.all([dotnet.stop(), typescript.stop()]);
  refute("order", outOfOrderChanges(deliveries));
  refute("transactions", splitTransactions(documents, deliveries));
  return {
    documents: documents.length,
    leasesBefore: change.partitions,
    leasesAfter: change.leases,
    settleSeconds,
    duplicates: countDuplicates(deliveries),
  };
};
