import type { Container } from "@azure/cosmos";
import type { AuditRules, Figures } from "./findings.ts";
import { beginLook, finishLook, type Look, type LookProgress } from "./look.ts";
import { type Violation, violationKey } from "./violation.ts";

export type AuditOptions = Partial<AuditRules> & {
  readonly onProgress?: (progress: AuditProgress) => void;
  /** Documents that wait in memory for their other half before it is read; by default 50,000. */
  readonly maxOpen?: number;
  /** Where the work is kept while it is done, to be gone on with. */
  readonly savedWork?: SavedWork;
};

/** `look`: 1, or 2 when what looked wrong is looked at again. */
export type AuditProgress = LookProgress & { readonly look: number };

/** What the auditor found. */
export type AuditReport = Readonly<Figures> & {
  readonly requests: number;
  readonly violationCount: number;
  /** The first `MAX_VIOLATIONS`. */
  readonly violations: readonly Violation[];
};

/** The state of an audit, as plain data and maps. */
export type AuditWork = {
  readonly look: Look;
  /** In the second look: what looked wrong in the first; null: too much to list. */
  readonly suspects?: readonly string[] | null;
};

/** Keeps the state of an audit. */
export type SavedWork = {
  /** What an earlier run left behind. */
  readonly work: AuditWork | undefined;
  /** Called after each page; decides itself when it is worth writing. */
  readonly save: (work: AuditWork) => Promise<void>;
};

/** About 10 MB. */
const MAX_OPEN = 50_000;

/**
 * Proves I1, I2, I3 and I5 for every project of a container, and I4 as far as stored documents show it
 * (order-audit.ts), or says which documents refute them.
 *
 * It only reads, so that a role suffices that may do nothing else (Cosmos DB Built-in Data Reader). Its
 * operations: read the container, list its physical partitions (readMetadata); read the change feed
 * (readChangeFeed); for documents whose other half was written in another transaction, point reads
 * (items/read) and queries within one partition key (executeQuery).
 *
 * shape   each document once, through the change feed; about one RU a document (azure-docs#50040).
 *         Memory follows the projects of one physical partition (2 KB each) and the pending requests.
 *         What looks wrong is looked at a second time, since others may write meanwhile: only what is
 *         wrong both times is a violation. What is written meanwhile may be counted twice
 * errors  throws what the SDK throws, after having tried for a while
 */
export const audit = async (
  container: Container,
  { onProgress, savedWork, maxOpen = MAX_OPEN, ...given }: AuditOptions = {},
): Promise<AuditReport> => {
  const rules = { complete: false, createdOnce: false, requestsMayExpire: false, ...given };
  let work = savedWork?.work ?? { look: await beginLook(container, rules) };
  for (;;) {
    const { look, suspects } = work;
    const onPage = async (progress: LookProgress): Promise<void> => {
      onProgress?.({ ...progress, look: suspects === undefined ? 1 : 2 });
      await savedWork?.save(work);
    };
    await finishLook(container, look, { onPage, maxOpen });
    const { violations, violationCount } = look.findings;
    if (violationCount === 0) return reportOf(look, []);
    if (suspects !== undefined) return reportOf(look, suspects);
    const isListed = violationCount === violations.length;
    work = {
      look: await beginLook(container, rules),
      suspects: isListed ? violations.map(violationKey) : null,
    };
  }
};

/** Sums up a look; with suspects only what was suspicious before counts. */
const reportOf = ({ findings }: Look, suspects: readonly string[] | null): AuditReport => {
  const { figures } = findings;
  const rejected = Object.values(figures.rejected).reduce((sum, count) => sum + count, 0);
  const known = new Set(suspects);
  const isListed = findings.violationCount === findings.violations.length;
  const violations = unique(findings.violations).filter(
    (each) => suspects === null || known.has(violationKey(each)),
  );
  return {
    ...figures,
    requests: figures.done + figures.pending + rejected,
    violations,
    violationCount: isListed ? violations.length : findings.violationCount,
  };
};

/** Documents that were read to settle them are seen once more where the feed shows them. */
const unique = (violations: readonly Violation[]): readonly Violation[] => {
  const byText = new Map(violations.map((each) => [JSON.stringify(each), each]));
  return [...byText.values()];
};
