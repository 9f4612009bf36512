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

const PARTITIONS_BEFORE = 2;
const PARTITIONS_AFTER = 4;
const PROJECTS = Array.from({ length: 16 }, (_, n) => n + 1);
const WORK_MS = 40;
const LIMIT_MS = 60_000;

/** Beyond item 8: partitions split while both processors work on them. */
export const splitPartitions: Scenario = {
  title: "leases follow a split, whichever processor holds them",
  run: (progress) => withEmbeddedAccount(PARTITIONS_BEFORE, (account) => play(account, progress)),
};

const play = async (
  account: EmbeddedAccount,
  progress: (text: string) => void,
): Promise<Figures> => {
  const { items, leases } = account;
  await deployWriter(items);
  const deliveries: Delivery[] = [];
  const options = (name: string): ProcessorOptions => ({
    account,
    name,
    prefix: "split",
    maxItems: 20,
    // So a kill or a split meets batches that are being handled.
    workMs: WORK_MS,
    onDelivery: (delivery) => deliveries.push(delivery),
  });
  const dotnet = startDotnetProcessor(options("dotnet"));
  await dotnet.heard("started");
  const typescript = startTypescriptProcessor(options("typescript"));
  await waitForOwners(leases, { dotnet: 1, typescript: 1 });
  progress("each has one of two leases; the partitions split while writes go on");
  const half = PARTITIONS_AFTER / 2;
  const [settleSeconds] = await Promise.all([
    scaleToPartitions(account, PARTITIONS_AFTER).then(() =>
      waitForOwners(leases, { dotnet: half, typescript: half }),
    ),
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
    leasesBefore: PARTITIONS_BEFORE,
    leasesAfter: PARTITIONS_AFTER,
    settleSeconds,
    duplicates: countDuplicates(deliveries),
  };
};
