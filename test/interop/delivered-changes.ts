import type { Told } from "./line-program.ts";

/** A change as the feed shows it, of the documents that `writeProjects` makes. */
export type Change = {
  readonly id: string;
  readonly projectId: number;
  /** Grows by one with each write of the project. */
  readonly step: number;
  /** The write that made it, if that made several documents together. */
  readonly transaction?: string;
  readonly _etag: string;
  readonly _lsn: number;
};

/** One batch, as one processor told it before its checkpoint. */
export type Delivery = {
  readonly processor: string;
  readonly lease: string;
  readonly changes: readonly Change[];
};

/** Reads a delivery from a `batch` event; undefined for any other. */
export const deliveryFrom = (processor: string, told: Told): Delivery | undefined =>
  told.event === "batch"
    ? { processor, lease: String(told.lease), changes: told.changes as readonly Change[] }
    : undefined;

/** Finds the items that no delivery shows in their present version. */
export const missingChanges = (
  items: readonly Pick<Change, "id" | "projectId" | "_etag">[],
  deliveries: readonly Delivery[],
): readonly string[] => {
  const seen = new Set(deliveries.flatMap(({ changes }) => changes.map(({ _etag }) => _etag)));
  return items
    .filter(({ _etag }) => !seen.has(_etag))
    .map(({ id, projectId }) => `${id} of project ${projectId} was never delivered`);
};

/** Finds changes that came, for the first time, after a younger one of their project. */
export const outOfOrderChanges = (deliveries: readonly Delivery[]): readonly string[] => {
  const newest = new Map<number, number>();
  const seen = new Set<string>();
  const late: string[] = [];
  for (const { changes } of deliveries) {
    for (const { id, projectId, step, _etag } of changes) {
      if (seen.has(_etag)) continue;
      seen.add(_etag);
      const before = newest.get(projectId) ?? 0;
      if (step < before) late.push(`${id} (step ${step}) came after step ${before}`);
      newest.set(projectId, Math.max(before, step));
    }
  }
  return late;
};

/** Finds transactions whose present documents are not all in each batch that has one of them. */
export const splitTransactions = (
  items: readonly Pick<Change, "transaction" | "_etag">[],
  deliveries: readonly Delivery[],
): readonly string[] => {
  const sizes = new Map<string, number>();
  for (const { transaction } of items) {
    if (transaction) sizes.set(transaction, (sizes.get(transaction) ?? 0) + 1);
  }
  return deliveries.flatMap(({ processor, lease, changes }) => {
    const parts = new Map<string, number>();
    for (const { transaction } of changes) {
      if (transaction) parts.set(transaction, (parts.get(transaction) ?? 0) + 1);
    }
    return [...parts]
      .filter(([transaction, size]) => size < (sizes.get(transaction) ?? 0))
      .map(
        ([transaction, size]) =>
          `${processor} got ${size} of ${sizes.get(transaction)} documents of ${transaction} (lease ${lease})`,
      );
  });
};

/** Counts the changes that were delivered more than once, which is allowed and should be rare. */
export const countDuplicates = (deliveries: readonly Delivery[]): number => {
  const etags = deliveries.flatMap(({ changes }) => changes.map(({ _etag }) => _etag));
  return etags.length - new Set(etags).size;
};
