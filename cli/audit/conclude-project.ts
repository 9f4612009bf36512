import type { ProjectKey } from "./audited-project.ts";
import { type Findings, report } from "./findings.ts";
import { concludeOrder } from "./order-audit.ts";
import type { ProjectAudit } from "./project-audit.ts";

/**
 * Reports what only the end of the feed shows: holes, the counter, overtaken and pending requests.
 *
 * shape   to be called when nothing of the project is open any more
 */
export const concludeProject = (
  project: ProjectKey,
  audit: ProjectAudit,
  findings: Findings,
): void => {
  const { figures, rules } = findings;
  figures.projects += 1;
  for (const { from, to, behindId } of audit.numbers.holes) {
    const message =
      from === to ? `number ${from} has no todo` : `numbers ${from}..${to} have no todo`;
    report(findings, project, { kind: "number-missing", message, ids: [behindId] });
  }
  concludeCounter(project, audit, findings);
  const { pending } = audit;
  if (!pending) return;
  figures.pending += pending.size;
  concludeOrder(audit.order, { project, pending }, findings);
  if (!rules.complete) return;
  for (const id of pending.keys()) {
    const message = "the request is still pending";
    report(findings, project, { kind: "request-pending", message, ids: [id] });
  }
};

const concludeCounter = (project: ProjectKey, audit: ProjectAudit, findings: Findings): void => {
  const { counter } = audit;
  const { highest } = audit.numbers;
  if (!counter) {
    if (!highest) return;
    const message = `there are todos up to number ${highest.todoId} and no counter`;
    report(findings, project, { kind: "counter-missing", message, ids: [highest.id] });
    return;
  }
  const { id, lastId, lsn } = counter;
  const { todoId = 0, lsn: todoLsn = 0 } = highest ?? {};
  if (lastId !== todoId) {
    const message = `the counter says ${lastId}, the newest todo is ${todoId}`;
    report(findings, project, { kind: "counter-wrong", message, ids: [id] });
  } else if (lsn < todoLsn) {
    const message = `the counter was written before todo ${todoId}`;
    const ids = [id, ...(highest ? [highest.id] : [])];
    report(findings, project, { kind: "not-together", message, ids });
  } else if (lsn > todoLsn) findings.figures.unproven += 1;
};
