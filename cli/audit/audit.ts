import type { Container } from "@azure/cosmos";
import { concludeProject, settleOpen } from "./conclude-project.ts";
import { auditTransaction, createProjectAudit, type ProjectAudit } from "./project-audit.ts";
import { readTransactions } from "./read-transactions.ts";
import type { Violation } from "./violation.ts";

export type AuditOptions = {
  /** Counts a pending request as a violation: everything was submitted and must have ended. */
  readonly complete?: boolean;
  /** Called after each page with the number of documents read so far. */
  readonly onProgress?: (documents: number) => void;
};

/** What the auditor found. `unproven`: I5 could be neither shown nor refuted, see ARCHITECTURE.md. */
export type AuditReport = {
  readonly projects: number;
  readonly requests: number;
  readonly todos: number;
  readonly done: number;
  readonly pending: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly strays: number;
  readonly unproven: number;
  readonly violationCount: number;
  /** The first `MAX_LISTED_VIOLATIONS`. */
  readonly violations: readonly Violation[];
};

export const MAX_LISTED_VIOLATIONS = 1000;

/** Todos and requests of one project that wait for their other half before it is read. */
const MAX_OPEN = 20_000;

/**
 * Proves I1, I2, I3 and I5 for every project of a container, or says which documents refute them.
 *
 * shape   read-only; reads each document once, through the change feed; memory follows the number of
 *         projects and of pending requests. What looks wrong is looked at a second time, since others may
 *         write meanwhile: only what is wrong both times is a violation
 * errors  throws what the SDK throws
 */
export const audit = async (
  container: Container,
  options: AuditOptions = {},
): Promise<AuditReport> => {
  const first = await auditOnce(container, options);
  if (first.violationCount === 0) return first;
  const second = await auditOnce(container, options);
  if (second.violationCount > MAX_LISTED_VIOLATIONS) return second;
  const seen = new Set(first.violations.map((violation) => JSON.stringify(violation)));
  const violations = second.violations.filter((each) => seen.has(JSON.stringify(each)));
  return { ...second, violations, violationCount: violations.length };
};

const auditOnce = async (
  container: Container,
  { complete = false, onProgress }: AuditOptions,
): Promise<AuditReport> => {
  const projects = new Map<string, ProjectAudit>();
  const violations: Violation[] = [];
  let violationCount = 0;
  let documents = 0;
  const report = (violation: Violation): void => {
    violationCount += 1;
    if (violations.length < MAX_LISTED_VIOLATIONS) violations.push(violation);
  };
  for await (const transactions of readTransactions(container)) {
    for (const transaction of transactions) {
      const { project } = transaction;
      const known = projects.get(project.key) ?? createProjectAudit(project);
      projects.set(project.key, known);
      auditTransaction(known, transaction, report);
      documents += transaction.documents.length;
      const open = known.openTodos.size + known.openRequests.size;
      if (open > MAX_OPEN) await settleOpen(container, known, report);
    }
    onProgress?.(documents);
  }
  for (const each of projects.values()) {
    await concludeProject(container, each, { report, complete });
  }
  return { ...summarize([...projects.values()]), violationCount, violations };
};

const summarize = (projects: readonly ProjectAudit[]) => {
  const sum = (of: (project: ProjectAudit) => number): number =>
    projects.reduce((total, project) => total + of(project), 0);
  const rejected: Record<string, number> = {};
  for (const { counts } of projects) {
    for (const [reason, count] of Object.entries(counts.rejected)) {
      rejected[reason] = (rejected[reason] ?? 0) + count;
    }
  }
  const done = sum(({ counts }) => counts.done);
  const pending = sum((project) => project.pending.size);
  const rejectedCount = Object.values(rejected).reduce((total, count) => total + count, 0);
  return {
    projects: projects.length,
    requests: done + pending + rejectedCount,
    todos: sum(({ counts }) => counts.todos),
    done,
    pending,
    rejected,
    strays: sum(({ counts }) => counts.strays),
    unproven: sum(({ counts }) => counts.unproven),
  };
};
