import { writeSync } from "node:fs";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import { partitionFor } from "../../local/cosmos/store/physical-partition.ts";
import { Store } from "../../local/cosmos/store/store.ts";

/** Writes pairs of documents, 8 at a time, and prints each number once its transaction is durable. */
const store = new Store({ directory: process.argv[2] ?? "" });
const definition = { paths: ["/pk"], kind: "Hash", version: 2 } as const;
const database = store.catalogue.findDatabase("db") ?? store.catalogue.createDatabase("db");
const container =
  store.catalogue.findContainer(database, "items") ??
  store.catalogue.createContainer(
    database,
    {
      id: "items",
      resource: { id: "items" },
      partitionKey: definition,
      defaultTtl: undefined,
      compositeIndexes: [{ paths: ["/pk", "/n"] }],
    },
    2,
  );

const writer = async (first: number): Promise<void> => {
  for (let n = first; ; n += 8) {
    const key = logicalKey([`p${n % 5}`], definition);
    const lsn = await store.commit(container, partitionFor(container, key.epk), (transaction) => {
      transaction.put({ key, id: `left-${n}`, body: { id: `left-${n}`, pk: `p${n % 5}`, n } });
      transaction.put({ key, id: `right-${n}`, body: { id: `right-${n}`, pk: `p${n % 5}`, n } });
      return transaction.lsn;
    });
    writeSync(1, `${n} ${lsn}\n`);
  }
};

const start = Number(process.argv[3] ?? 0);
await Promise.all(Array.from({ length: 8 }, (_, i) => writer(start + i)));
