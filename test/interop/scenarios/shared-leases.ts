import {
  countDuplicates,
  type Delivery,
  missingChanges,
  outOfOrderChanges,
  splitTransactions,
} from "../delivered-changes.ts";
import { allItems, type EmbeddedAccount, withEmbeddedAccount } from "../embedded-account.ts";
import { waitForOwners } from "../lease-owners.ts";
import {
  type ProcessorOptions,
  startDotnetProcessor,
  startTypescriptProcessor,
} from "../processors.ts";
import { type Figures, refute, type Scenario, until } from "../scenario.ts";
import { deployWriter, writeProjects } from "../write-projects.ts";

const PARTITIONS = 6;
const PROJECTS = Array.from({ length: 18 }, (_, n) => n + 1);
const DOTNET = "dotnet";
const TYPESCRIPT = "typescript";
const WORK_MS = 40;
const LIMIT_MS = 60_000;

/** Item 8 (b): one lease container, two implementations. */
export const sharedLeases: Scenario = {
  title: ".NET and TypeScript processors share leases and survive each other's kill -9",
  run: (progress) =>
    withEmbeddedAccount(PARTITIONS, async (account) => {
      const { items, leases } = account;
      await deployWriter(items);
      const deliveries: Delivery[] = [];
      const options = (name: string): ProcessorOptions => ({
        account,
        name,
        prefix: "shared",
        maxItems: 20,
        // So a kill or a split meets batches that are being handled.
        workMs: WORK_MS,
        onDelivery: (delivery) => deliveries.push(delivery),
      });
      const writing = writeUntilStopped(account);
      const ownedBy = (owners: Readonly<Record<string, number>>) => waitForOwners(leases, owners);

      progress("TypeScript creates the leases, .NET takes half of them");
      let typescript = startTypescriptProcessor(options(TYPESCRIPT));
      await typescript.heard("started");
      let dotnet = startDotnetProcessor(options(DOTNET));
      const half = PARTITIONS / 2;
      const balanceSeconds = await ownedBy({ [DOTNET]: half, [TYPESCRIPT]: half });
      progress("kill -9 of .NET");
      await dotnet.kill();
      const takeoverByTypescriptSeconds = await ownedBy({ [TYPESCRIPT]: PARTITIONS });
      progress(".NET comes back");
      dotnet = startDotnetProcessor(options(DOTNET));
      const rebalanceSeconds = await ownedBy({ [DOTNET]: half, [TYPESCRIPT]: half });
      progress("kill -9 of TypeScript");
      await typescript.kill();
      const takeoverByDotnetSeconds = await ownedBy({ [DOTNET]: PARTITIONS });
      progress("TypeScript comes back; .NET stops and leaves its leases to it");
      typescript = startTypescriptProcessor(options(TYPESCRIPT));
      await ownedBy({ [DOTNET]: half, [TYPESCRIPT]: half });
      await dotnet.stop();
      const handoverSeconds = await ownedBy({ [TYPESCRIPT]: PARTITIONS });

      await writing.stop();
      const documents = await allItems(items);
      await until(
        "all changes",
        LIMIT_MS,
        () => missingChanges(documents, deliveries).length === 0,
      ).finally(() => refute("missing", missingChanges(documents, deliveries)));
      await typescript.stop();
      await ownedBy({ null: PARTITIONS });
      refute("order", outOfOrderChanges(deliveries));
      refute("transactions", splitTransactions(documents, deliveries));
      return {
        documents: documents.length,
        leases: PARTITIONS,
        balanceSeconds,
        takeoverByTypescriptSeconds,
        rebalanceSeconds,
        takeoverByDotnetSeconds,
        handoverSeconds,
        ...shares(deliveries),
        duplicates: countDuplicates(deliveries),
      };
    }),
};

type Writing = { readonly stop: () => Promise<void> };

/** Writes all the time, so that each kill hits processors at work. */
const writeUntilStopped = ({ items }: EmbeddedAccount): Writing => {
  let isStopped = false;
  const write = async (): Promise<void> => {
    for (let firstStep = 1; !isStopped; firstStep += 5) {
      await writeProjects(items, { projects: PROJECTS, steps: 5, firstStep, pauseMs: 200 });
    }
  };
  const written = write();
  // Whoever stops hears of a failure; until then it must not end the process.
  written.catch(() => undefined);
  return {
    stop: () => {
      isStopped = true;
      return written;
    },
  };
};

const shares = (deliveries: readonly Delivery[]): Figures => {
  const batchesOf = (name: string): number =>
    deliveries.filter(({ processor }) => processor === name).length;
  return { batchesDotnet: batchesOf(DOTNET), batchesTypescript: batchesOf(TYPESCRIPT) };
};
