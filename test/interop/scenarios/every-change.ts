import {
  countDuplicates,
  type Delivery,
  missingChanges,
  outOfOrderChanges,
  splitTransactions,
} from "../delivered-changes.ts";
import { allItems, type EmbeddedAccount, withEmbeddedAccount } from "../embedded-account.ts";
import { startDotnetProcessor } from "../processors.ts";
import { refute, type Scenario, until } from "../scenario.ts";
import { deployWriter, writeProjects } from "../write-projects.ts";

const PARTITIONS = 5;
const PROJECTS = Array.from({ length: 24 }, (_, n) => n + 1);
const DELIVERY_LIMIT_MS = 60_000;

/** Item 8 (a): nothing is missing, nothing is reordered, no transaction is torn. */
export const everyChange: Scenario = {
  title: "a .NET processor sees every change of several physical partitions, in order",
  run: (progress) =>
    withEmbeddedAccount(PARTITIONS, async (account) => {
      const { items } = account;
      await deployWriter(items);
      progress("writing before the processor starts");
      await writeProjects(items, { projects: PROJECTS, steps: 10 });
      progress("small pages, while writes go on");
      const writing = () =>
        writeProjects(items, { projects: PROJECTS, steps: 15, firstStep: 11, pauseMs: 20 });
      const small = await readAll(account, { prefix: "small", maxItems: 7, meanwhile: writing });
      progress("large pages, everything again from the beginning");
      const large = await readAll(account, { prefix: "large", maxItems: 500 });
      return {
        documents: small.documents,
        leases: small.leases,
        batchesSmall: small.batches,
        batchesLarge: large.batches,
        duplicates: small.duplicates + large.duplicates,
      };
    }),
};

type Reading = {
  readonly prefix: string;
  readonly maxItems: number;
  readonly meanwhile?: () => Promise<void>;
};

const readAll = async (account: EmbeddedAccount, reading: Reading) => {
  const { prefix, maxItems, meanwhile } = reading;
  const deliveries: Delivery[] = [];
  const processor = startDotnetProcessor({
    account,
    name: ".NET",
    prefix,
    maxItems,
    onDelivery: (delivery) => deliveries.push(delivery),
  });
  await processor.heard("started");
  await meanwhile?.();
  const documents = await allItems(account.items);
  await until(`all changes with prefix ${prefix}`, DELIVERY_LIMIT_MS, () => {
    return missingChanges(documents, deliveries).length === 0;
  }).finally(() => refute("missing", missingChanges(documents, deliveries)));
  await processor.stop();
  refute("order", outOfOrderChanges(deliveries));
  refute("transactions", splitTransactions(documents, deliveries));
  const leases = new Set(deliveries.map(({ lease }) => lease)).size;
  if (leases !== PARTITIONS) throw new Error(`${leases} leases for ${PARTITIONS} partitions.`);
  return {
    documents: documents.length,
    leases,
    batches: deliveries.length,
    duplicates: countDuplicates(deliveries),
  };
};
