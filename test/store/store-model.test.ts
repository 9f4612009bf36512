import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../local/cosmos/json.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import type { Container } from "../../local/cosmos/store/physical-partition.ts";
import type { Store } from "../../local/cosmos/store/store.ts";
import {
  commitIn,
  createContainer,
  openStore,
  partitionKey,
  read,
  temporaryFolder,
} from "./store-fixture.ts";

type Operation =
  | { kind: "transaction"; pk: string; writes: { id: string; value: number | null }[] }
  | { kind: "split"; at: number }
  | { kind: "merge"; at: number }
  | { kind: "reopen" };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("transaction" as const),
      pk: fc.constantFrom("a", "b", "c", "d", "e"),
      writes: fc.array(
        fc.record({
          id: fc.constantFrom("1", "2", "3", "4"),
          value: fc.option(fc.integer(), { nil: null }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("split" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("merge" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);

/** The store as it could not be simpler: documents by key, and the order in which they last changed. */
class Model {
  readonly documents = new Map<string, number>();

  apply({ pk, writes }: Extract<Operation, { kind: "transaction" }>): void {
    for (const { id, value } of writes) {
      this.documents.delete(`${pk}/${id}`);
      if (value !== null) this.documents.set(`${pk}/${id}`, value);
    }
  }
}

const allChanges = (store: Store, container: Container, pk: string, pageSize: number): string[] => {
  const { pk: text, epk } = logicalKey([pk], partitionKey);
  const partition = container.partitions.find(
    (p) => p.minInclusive <= epk && epk < p.maxExclusive,
  )!;
  const seen: string[] = [];
  let afterLsn = 0;
  for (;;) {
    const page = store
      .reader(partition)
      .changes({ afterLsn, maxItems: pageSize, scope: { pk: text } });
    if (page.length === 0) return seen;
    const lsns = page.map(({ lsn }) => lsn);
    expect(lsns).toEqual([...lsns].sort((a, b) => a - b));
    afterLsn = lsns.at(-1)!;
    for (const change of page) {
      const { id, value } = JSON.parse(change.text) as JsonObject;
      seen.push(`${pk}/${id}=${value}`);
    }
  }
};

test("whatever is written, split, merged and reopened, the store holds what a map holds, and its change feed shows the newest version of each document in order of its last change", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (operations, pageSize) => {
        const directory = temporaryFolder();
        let store = openStore({ directory });
        let container = createContainer(store, {
          compositeIndexes: [{ paths: ["/pk", "/value"] }],
        });
        const model = new Model();
        for (const one of operations) {
          if (one.kind === "transaction") {
            model.apply(one);
            await commitIn({ store, container }, one.pk, (transaction) => {
              const key = logicalKey([one.pk], partitionKey);
              for (const { id, value } of one.writes) {
                if (value === null) transaction.delete(key.pk, id);
                else transaction.put({ key, id, body: { id, pk: one.pk, value } });
              }
            });
          } else if (one.kind === "split") {
            const partition = container.partitions[one.at % container.partitions.length]!;
            store.split(container, partition);
          } else if (one.kind === "merge") {
            const { partitions } = container;
            const at = one.at % partitions.length;
            const [first, second] = partitions.slice(at, at + 2);
            if (first && second) store.merge(container, [first, second]);
          } else {
            store.close();
            store = openStore({ directory });
            container = store.catalogue.findContainer(
              store.catalogue.findDatabase("db")!,
              "items",
            )!;
          }
        }
        for (const pk of ["a", "b", "c", "d", "e"]) {
          const expected = [...model.documents].filter(([key]) => key.startsWith(`${pk}/`));
          expect(allChanges(store, container, pk, pageSize)).toEqual(
            expected.map(([key, value]) => `${key}=${value}`),
          );
          for (const id of ["1", "2", "3", "4"]) {
            const stored = read({ store, container }, pk, id);
            const value = stored && (JSON.parse(stored.text) as JsonObject).value;
            expect(value).toBe(model.documents.get(`${pk}/${id}`));
          }
          const { pk: text, epk } = logicalKey([pk], partitionKey);
          const partition = container.partitions.find(
            (p) => p.minInclusive <= epk && epk < p.maxExclusive,
          )!;
          const source = store.reader(partition).source(container.compositeIndexes, { pk: text });
          const indexed = [...source.seek({ index: 0, prefix: [pk], descending: false })];
          expect(indexed.map(({ value }) => value.value)).toEqual(
            expected.map(([, value]) => value).sort((a, b) => a - b),
          );
        }
        store.close();
      },
    ),
    { numRuns: 60 },
  );
});
