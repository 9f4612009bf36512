import { type ChangeFeedIteratorOptions, ChangeFeedStartFrom, type Container } from "@azure/cosmos";

/** A document as the change feed shows it. */
export type ChangedItem = {
  readonly id: string;
  readonly _lsn: number;
  readonly [key: string]: unknown;
};

/** Reads a change feed page by page until it answers 304. */
export const readPages = async (
  container: Container,
  options: ChangeFeedIteratorOptions = {},
): Promise<{
  readonly pages: readonly (readonly ChangedItem[])[];
  readonly continuation: string;
}> => {
  const iterator = container.items.getChangeFeedIterator<ChangedItem>({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
    ...options,
  });
  const pages: (readonly ChangedItem[])[] = [];
  for (;;) {
    const page = await iterator.readNext();
    if (page.statusCode === 304) return { pages, continuation: page.continuationToken };
    pages.push(page.result);
  }
};

export const readAllChanges = async (
  container: Container,
  options: ChangeFeedIteratorOptions = {},
): Promise<readonly ChangedItem[]> => (await readPages(container, options)).pages.flat();
