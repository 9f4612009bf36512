import type { Container } from "@azure/cosmos";
import {
  clipRange,
  type FeedRange,
  listPhysicalPartitions,
  rangesOverlap,
} from "../../client/feed-range.ts";
import { type Change, type FeedStart, openFeedReader } from "../../client/feed-reader.ts";
import { type AuditedProject, auditedProjectOf } from "./audited-project.ts";

/** The documents of one project that one transaction wrote last. */
export type WrittenTogether = {
  readonly project: AuditedProject;
  readonly lsn: number;
  readonly documents: readonly unknown[];
};

/** Changes in one page; a transaction is never split, so a page may hold more. */
const MAX_ITEMS = 1000;

/**
 * Reads the newest version of every document through the change feed, in the order of writing.
 *
 * shape   pages of transactions; each project's in order. Ends where the feed ends; while others write,
 *         it ends at the first short page behind all that was there at the start. What is written
 *         meanwhile may come twice, the newer version later
 */
export const readTransactions = async function* (
  container: Container,
): AsyncGenerator<readonly WrittenTogether[]> {
  for (const { range } of await listPhysicalPartitions(container)) {
    const headLsn = await readHeadLsn(container, range);
    yield* readRange(container, { range, start: { kind: "beginning" }, headLsn });
  }
};

type Reading = {
  readonly range: FeedRange;
  readonly start: FeedStart;
  /** The newest change when reading began. */
  readonly headLsn: number;
};

const readRange = async function* (
  container: Container,
  { range, start, headLsn }: Reading,
): AsyncGenerator<readonly WrittenTogether[]> {
  const scope = { kind: "range", range } as const;
  const reader = await openFeedReader(container, { scope, start, maxItemCount: MAX_ITEMS });
  let after = start;
  for (;;) {
    const page = await reader.readPage();
    if (page.kind === "unchanged") return;
    if (page.kind === "moved") return yield* readParts(container, { range, start: after, headLsn });
    yield group(page.changes);
    after = { kind: "after", continuation: page.continuation };
    const isBehindHead = (lsnOf(page.continuation) ?? 0) < headLsn;
    if (page.changes.length < MAX_ITEMS && !isBehindHead) return;
  }
};

/** Goes on in the physical partitions that serve a range now. */
const readParts = async function* (
  container: Container,
  { range, start, headLsn }: Reading,
): AsyncGenerator<readonly WrittenTogether[]> {
  for (const { range: other } of await listPhysicalPartitions(container)) {
    if (!rangesOverlap(range, other)) continue;
    yield* readRange(container, { range: clipRange(range, other), start, headLsn });
  }
};

const readHeadLsn = async (container: Container, range: FeedRange): Promise<number> => {
  const scope = { kind: "range", range } as const;
  const reader = await openFeedReader(container, { scope, start: { kind: "now" } });
  const page = await reader.readPage();
  if (page.kind === "moved") return Number.POSITIVE_INFINITY;
  return lsnOf(page.continuation) ?? Number.POSITIVE_INFINITY;
};

/** A continuation is a quoted LSN; where it is not, only the end of the feed counts. */
const lsnOf = (continuation: string): number | undefined => {
  const lsn = Number(continuation.replace(/"/g, ""));
  return Number.isFinite(lsn) ? lsn : undefined;
};

const group = (changes: readonly Change[]): readonly WrittenTogether[] => {
  const groups = new Map<string, WrittenTogether & { documents: unknown[] }>();
  for (const change of changes) {
    const { projectId, _lsn: lsn } = change;
    const project = auditedProjectOf(projectId);
    const key = `${lsn} ${project.key}`;
    const found = groups.get(key);
    if (found) found.documents.push(change);
    else groups.set(key, { project, lsn: Number(lsn), documents: [change] });
  }
  return [...groups.values()];
};
