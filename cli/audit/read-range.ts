import type { Container } from "@azure/cosmos";
import {
  clipRange,
  type FeedRange,
  listPhysicalPartitions,
  rangesOverlap,
} from "../../client/feed-range.ts";
import {
  type Change,
  type FeedPage,
  type FeedStart,
  openFeedReader,
} from "../../client/feed-reader.ts";
import { untilReachable } from "../until-reachable.ts";
import { type ProjectKey, projectKeyOf } from "./audited-project.ts";

/** The documents of one project that one transaction wrote last. */
export type WrittenTogether = {
  readonly project: ProjectKey;
  readonly lsn: number;
  /** Seconds. */
  readonly ts: number;
  readonly documents: readonly unknown[];
};

/** A part of the key space and how far it has been read. Plain data: it is kept in files. */
export type RangeProgress = {
  readonly range: FeedRange;
  /** Null: from the beginning. */
  readonly continuation: string | null;
  /** The newest change of the physical partition when reading began; null: not known. */
  readonly headLsn: number | null;
};

/** What one step of reading gave. `moved`: other physical partitions serve the range now. */
export type RangePage =
  | {
      readonly kind: "transactions";
      readonly transactions: readonly WrittenTogether[];
      readonly documents: number;
      readonly continuation: string;
    }
  | { readonly kind: "moved" };

/** Changes in one page; a transaction is never split, so a page may hold more. */
const MAX_ITEMS = 1000;

/**
 * Characters of a page that cannot have been cut because of its size.
 *
 * source  Cosmos DB answers at most 4 MB, and an item has at most 2
 */
const SMALL_PAGE_CHARACTERS = 500_000;

/**
 * Reads the newest version of every document of a range through the change feed, in the order of
 * writing.
 *
 * shape   each project's transactions in order; ends where the feed ends, or while others write at the
 *         first page that is short though nothing cut it, behind all that was there in the beginning.
 *         What is written meanwhile may come twice, the newer version later. The next page is read
 *         while one is looked at
 * errors  what the SDK throws, after having tried for a while
 */
export const readRange = async function* (
  container: Container,
  { range, continuation, headLsn }: RangeProgress,
): AsyncGenerator<RangePage> {
  const scope = { kind: "range", range } as const;
  const start: FeedStart =
    continuation === null ? { kind: "beginning" } : { kind: "after", continuation };
  const reader = await untilReachable(() =>
    openFeedReader(container, { scope, start, maxItemCount: MAX_ITEMS }),
  );
  const readNext = (): Promise<FeedPage> => {
    const page = untilReachable(reader.readPage);
    // Whoever stops before it has come does not hear of its failure.
    page.catch(() => undefined);
    return page;
  };
  let next = readNext();
  for (;;) {
    const page = await next;
    if (page.kind === "unchanged") return;
    if (page.kind === "moved") {
      yield page;
      return;
    }
    const { changes } = page;
    const isBehindHead = headLsn !== null && (lsnOf(page.continuation) ?? 0) >= headLsn;
    const isLast = isBehindHead && isShort(changes);
    if (!isLast) next = readNext();
    const transactions = group(changes);
    yield {
      kind: "transactions",
      transactions,
      documents: changes.length,
      continuation: page.continuation,
    };
    if (isLast) return;
  }
};

/** Finds the parts to go on with when other physical partitions serve a range than before. */
export const servingParts = async (
  container: Container,
  progress: RangeProgress,
): Promise<readonly RangeProgress[]> => {
  const partitions = await untilReachable(() => listPhysicalPartitions(container));
  return partitions
    .filter(({ range }) => rangesOverlap(progress.range, range))
    .map(({ range }) => ({ ...progress, range: clipRange(progress.range, range) }));
};

/** Reads the newest log sequence number of a range; null if it cannot be known. */
export const readHeadLsn = async (
  container: Container,
  range: FeedRange,
): Promise<number | null> => {
  const scope = { kind: "range", range } as const;
  const reader = await openFeedReader(container, { scope, start: { kind: "now" } });
  const page = await reader.readPage();
  return page.kind === "moved" ? null : (lsnOf(page.continuation) ?? null);
};

/** A continuation is a quoted LSN; where it is not, only the end of the feed counts. */
export const lsnOf = (continuation: string): number | undefined => {
  const lsn = Number(continuation.replace(/"/g, ""));
  return Number.isFinite(lsn) ? lsn : undefined;
};

const isShort = (changes: readonly Change[]): boolean =>
  changes.length < MAX_ITEMS && JSON.stringify(changes).length < SMALL_PAGE_CHARACTERS;

type Group = WrittenTogether & { readonly documents: unknown[] };

const group = (changes: readonly Change[]): readonly WrittenTogether[] => {
  const groups: Group[] = [];
  // Partitions that were merged may have given the same number to different transactions.
  let together = new Map<ProjectKey, Group>();
  let before: unknown;
  for (const change of changes) {
    const { projectId, _lsn: lsn, _ts: ts } = change;
    if (lsn !== before) together = new Map();
    before = lsn;
    const project = projectKeyOf(projectId);
    const known = together.get(project);
    if (known) {
      known.documents.push(change);
      continue;
    }
    const first: Group = { project, lsn: Number(lsn), ts: Number(ts), documents: [change] };
    together.set(project, first);
    groups.push(first);
  }
  return groups;
};
