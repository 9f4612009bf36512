import type { Container } from "@azure/cosmos";
import { listPhysicalPartitions } from "../../client/feed-range.ts";
import { untilReachable } from "../until-reachable.ts";
import type { ProjectKey } from "./audited-project.ts";
import { concludeProject } from "./conclude-project.ts";
import { type AuditRules, type Findings, noFigures } from "./findings.ts";
import {
  auditTransaction,
  createProjectAudit,
  openCount,
  type ProjectAudit,
} from "./project-audit.ts";
import {
  lsnOf,
  type RangeProgress,
  readHeadLsn,
  readRange,
  servingParts,
  type WrittenTogether,
} from "./read-range.ts";
import { settleOpen } from "./settle-open.ts";

/** One look at every document of a container, and how far it is. Plain data: it is kept in files. */
export type Look = {
  /** Physical partitions that are still to be read, each as the parts it has split into. */
  readonly waiting: RangeProgress[][];
  readonly partitions: number;
  documents: number;
  /** Documents of all projects together that wait for their other half. */
  open: number;
  /** Projects of the physical partition that is being read. */
  readonly projects: Map<ProjectKey, ProjectAudit>;
  readonly findings: Findings;
};

/** `fraction`: of all physical partitions and their changes, 0 to 1. */
export type LookProgress = { readonly documents: number; readonly fraction: number };

export type LookOptions = {
  /**
   * Called when all that a page showed has been taken into account: what is saved of the look then can
   * be gone on with.
   */
  readonly onPage: (progress: LookProgress) => Promise<void>;
  /** So many documents wait for the feed to show their other half; then it is read. */
  readonly maxOpen: number;
};

/** Begins a look: nothing is read yet but how far there is to go. */
export const beginLook = async (container: Container, rules: AuditRules): Promise<Look> => {
  const partitions = await untilReachable(() => listPhysicalPartitions(container));
  const waiting: RangeProgress[][] = [];
  for (const { range } of partitions) {
    const headLsn = await untilReachable(() => readHeadLsn(container, range));
    waiting.push([{ range, continuation: null, headLsn }]);
  }
  return {
    waiting,
    partitions: partitions.length,
    documents: 0,
    open: 0,
    projects: new Map(),
    findings: { rules, figures: noFigures(), violations: [], violationCount: 0 },
  };
};

/**
 * Goes on with a look until its end.
 *
 * shape   physical partitions one after the other, so that the memory follows the projects of one of them
 */
export const finishLook = async (
  container: Container,
  look: Look,
  options: LookOptions,
): Promise<void> => {
  for (let parts = look.waiting[0]; parts; parts = look.waiting[0]) {
    for (let part = parts[0]; part; part = parts[0]) {
      const end = await readPart(container, { look, parts, part }, options);
      parts.splice(0, 1, ...end);
    }
    await settleAll(container, look);
    for (const [project, audit] of look.projects) concludeProject(project, audit, look.findings);
    look.projects.clear();
    look.waiting.shift();
    await options.onPage(progressOf(look));
  }
};

type Reading = {
  readonly look: Look;
  readonly parts: RangeProgress[];
  readonly part: RangeProgress;
};

/** Reads a range to its end; answers the parts to go on with, if others serve it now. */
const readPart = async (
  container: Container,
  { look, parts, part }: Reading,
  options: LookOptions,
): Promise<readonly RangeProgress[]> => {
  let progress = part;
  for await (const page of readRange(container, part)) {
    if (page.kind === "moved") return servingParts(container, progress);
    for (const transaction of page.transactions) takeTransaction(look, transaction);
    if (look.open > options.maxOpen) await settleAll(container, look);
    look.documents += page.documents;
    progress = { ...progress, continuation: page.continuation };
    parts[0] = progress;
    await options.onPage(progressOf(look));
  }
  return [];
};

const takeTransaction = (look: Look, transaction: WrittenTogether): void => {
  const { project } = transaction;
  const known = look.projects.get(project);
  const audit = known ?? createProjectAudit();
  if (!known) look.projects.set(project, audit);
  const before = openCount(audit);
  auditTransaction(audit, transaction, look.findings);
  look.open += openCount(audit) - before;
};

const settleAll = async (container: Container, look: Look): Promise<void> => {
  for (const [project, audit] of look.projects) {
    if (openCount(audit) > 0) await settleOpen(container, { project, audit }, look.findings);
  }
  look.open = 0;
};

const progressOf = ({ waiting, partitions, documents }: Look): LookProgress => {
  const [part] = waiting[0] ?? [];
  const lsn = lsnOf(part?.continuation ?? "") ?? 0;
  const ofPart = part?.headLsn ? Math.min(1, lsn / part.headLsn) : 0;
  return { documents, fraction: (partitions - waiting.length + ofPart) / partitions };
};
