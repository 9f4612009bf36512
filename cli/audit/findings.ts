import type { ProjectKey } from "./audited-project.ts";
import type { Violation, ViolationKind } from "./violation.ts";

/** What a deployment promises or allows beyond the design; each is an option of `verify`. */
export type AuditRules = {
  /** Everything was submitted and must have ended: a pending request is a violation. */
  readonly complete: boolean;
  /** Senders only ever create requests: order of insertion is order of commit. */
  readonly createdOnce: boolean;
  /** Done requests may be deleted or expire: a todo whose request is gone is none. */
  readonly requestsMayExpire: boolean;
};

export type Figures = {
  projects: number;
  todos: number;
  done: number;
  pending: number;
  strays: number;
  /** Todos whose request is gone, where the rules allow it. */
  expired: number;
  /** Requests and counters that were written again: I5 can be neither shown nor refuted for them. */
  unproven: number;
  /** Requests with a higher number than one created later: wrong, unless they were replaced. */
  unprovenOrder: number;
  readonly rejected: Record<string, number>;
};

export const noFigures = (): Figures => ({
  projects: 0,
  todos: 0,
  done: 0,
  pending: 0,
  strays: 0,
  expired: 0,
  unproven: 0,
  unprovenOrder: 0,
  rejected: {},
});

/** Where the parts of the auditor put what they find. */
export type Findings = {
  readonly rules: AuditRules;
  readonly figures: Figures;
  readonly violations: Violation[];
  violationCount: number;
};

/** Violations that are listed; more are only counted. */
export const MAX_VIOLATIONS = 100_000;

type Found = { readonly kind: ViolationKind; readonly message: string; readonly ids: string[] };

/** Notes what is wrong with a project. */
export const report = (
  findings: Findings,
  project: ProjectKey,
  { kind, message, ids }: Found,
): void => {
  findings.violationCount += 1;
  const { violations } = findings;
  if (violations.length < MAX_VIOLATIONS) violations.push({ kind, project, message, ids });
};
