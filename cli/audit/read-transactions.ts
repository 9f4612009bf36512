import {
  ChangeFeedStartFrom,
  type Container,
  type FeedRange,
  type ItemDefinition,
} from "@azure/cosmos";
import { type AuditedProject, auditedProjectOf } from "./audited-project.ts";

/** The documents of one project that one transaction wrote last. */
export type WrittenTogether = {
  readonly project: AuditedProject;
  readonly lsn: number;
  readonly documents: readonly unknown[];
};

export type TransactionPage = {
  readonly transactions: readonly WrittenTogether[];
  readonly chargeRu: number;
};

/** Changes in one page; a transaction is never split, so a page may hold more. */
const MAX_ITEMS = 1000;

/**
 * Reads the newest version of every document through the change feed, in the order of writing.
 *
 * shape   pages; each project's transactions in order; ends where the feed ends at that moment. What is
 *         written meanwhile may come twice, the newer version later
 */
export const readTransactions = async function* (
  container: Container,
): AsyncGenerator<TransactionPage> {
  for (const range of await container.getFeedRanges()) yield* readRange(container, range);
};

const readRange = async function* (
  container: Container,
  range: FeedRange,
): AsyncGenerator<TransactionPage> {
  const feed = container.items.getChangeFeedIterator<ItemDefinition>({
    changeFeedStartFrom: ChangeFeedStartFrom.Beginning(range),
    maxItemCount: MAX_ITEMS,
  });
  for (;;) {
    const page = await feed.readNext();
    const { requestCharge: chargeRu } = page;
    if (page.statusCode === NOT_MODIFIED) return yield { transactions: [], chargeRu };
    yield { transactions: group(page.result), chargeRu };
  }
};

const NOT_MODIFIED = 304;

const group = (changes: readonly unknown[]): readonly WrittenTogether[] => {
  const groups = new Map<string, WrittenTogether & { documents: unknown[] }>();
  for (const change of changes) {
    const { projectId, _lsn: lsn } = change as {
      readonly projectId?: unknown;
      readonly _lsn: number;
    };
    const project = auditedProjectOf(projectId);
    const key = `${lsn} ${project.key}`;
    const found = groups.get(key);
    if (found) found.documents.push(change);
    else groups.set(key, { project, lsn, documents: [change] });
  }
  return [...groups.values()];
};
