import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { JsonObject } from "../../local/cosmos/json.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import { type Container, partitionFor } from "../../local/cosmos/store/physical-partition.ts";
import { Store, type StoreOptions } from "../../local/cosmos/store/store.ts";
import type { Transaction } from "../../local/cosmos/store/transaction.ts";

export const partitionKey = { paths: ["/pk"], kind: "Hash", version: 2 } as const;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const openStore = (options: StoreOptions = {}): Store => {
  const store = new Store(options);
  let closed = false;
  const close = store.close.bind(store);
  store.close = () => {
    if (!closed) close();
    closed = true;
  };
  cleanups.push(() => store.close());
  return store;
};

export const createContainer = (
  store: Store,
  options: {
    partitions?: number;
    defaultTtl?: number;
    compositeIndexes?: { paths: string[] }[];
  } = {},
): Container =>
  store.catalogue.createContainer(
    store.catalogue.createDatabase("db"),
    {
      id: "items",
      resource: { id: "items" },
      partitionKey,
      defaultTtl: options.defaultTtl,
      compositeIndexes: options.compositeIndexes ?? [],
    },
    options.partitions ?? 1,
  );

/** Runs a plan in the partition of a key. */
export const commitIn = <T>(
  { store, container }: { store: Store; container: Container },
  pk: string,
  plan: (transaction: Transaction) => T,
): Promise<T> => {
  const key = logicalKey([pk], partitionKey);
  return store.commit(container, partitionFor(container, key.epk), plan);
};

export const put = (
  place: { store: Store; container: Container },
  pk: string,
  body: JsonObject & { id: string },
) =>
  commitIn(place, pk, (transaction) =>
    transaction.put({ key: logicalKey([pk], partitionKey), id: body.id, body: { pk, ...body } }),
  );

export const read = (
  { store, container }: { store: Store; container: Container },
  pk: string,
  id: string,
) => {
  const key = logicalKey([pk], partitionKey);
  return store.reader(partitionFor(container, key.epk)).read(key.pk, id);
};
