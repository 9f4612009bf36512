import { insertionNumber } from "../../domain/insertion-number.ts";
import type { ProjectKey } from "./audited-project.ts";
import { type Findings, report } from "./findings.ts";

/**
 * What stored documents still tell about I4, "numbers follow the order of the requests' commits".
 *
 * A request's commit is its last write before it was drained. The done mark overwrites its `_ts` and
 * `_lsn`; what stays is the insertion number in its `_rid`, which tells when it was created. So of two
 * done requests whose numbers contradict the order of their creation it cannot be known whether the
 * older one was replaced while it was pending (then it belongs behind) or the order is broken.
 *
 * Certain, and reported:
 * - number-late: a todo that was made after one with a higher number. Todos are never written again.
 * - request-overtaken: a request P that waits since its `_ts`, though one got a number that was created
 *   after P's last write. A todo that was committed at least `RESERVATION_S` after P's `_ts` shows it:
 *   requests with a higher insertion number than that todo were created after P was written.
 * - out-of-order: numbers against the order of creation, only with the rule `createdOnce`, by which no
 *   sender replaces a request (`submit()` never does) and none is created by a script. Pending requests
 *   then need no distance in time either: one created before a numbered one was overtaken.
 *
 * Not certain, and counted as `unprovenOrder`: numbers against the order of creation without that
 * rule, and everything in a project where `_ts` or the todos' insertion numbers fall in the order of
 * `_lsn`, as they may after a failover. Not looked at: requests that were written again after their
 * todo was made (`unproven`), since they may have been deleted and created anew; rejected requests,
 * which have no number.
 *
 * source  ARCHITECTURE.md I4. That insertion numbers follow commits is what the drain relies on
 *         (commit-order.ts). Documents that a script creates may have their numbers reserved before it
 *         runs (our server does), so todos and requests compare only at a distance
 */
export type OrderAudit = {
  /** The numbered request that was created last. */
  newest: Created | undefined;
  /** Todos as marks in time, of which `MAX_MARKS` are kept, `MARK_EVERY_S` apart at least. */
  marks: readonly Mark[];
  /** The latest time known to lie before the creation of a numbered request. */
  overtaking: { readonly ts: number; readonly id: string } | undefined;
  lastTs: number;
  isDisturbed: boolean;
};

type Created = { readonly id: string; readonly insertion: string };
type Mark = { readonly ts: number; readonly insertion: string };

/** A request that waits, as it was written last. */
export type PendingRequest = { readonly rid: string; readonly ts: number };

/** More seconds than pass between the reservation of a todo's insertion number and its commit. */
export const RESERVATION_S = 60;
const MAX_MARKS = 8;
const MARK_EVERY_S = 10;

export const createOrderAudit = (): OrderAudit => ({
  newest: undefined,
  marks: [],
  overtaking: undefined,
  lastTs: 0,
  isDisturbed: false,
});

/** One transaction: its requests whose todo it made as well, by number, and its last todo. */
export type OrderedTransaction = {
  readonly project: ProjectKey;
  readonly ts: number;
  readonly numbered: readonly { readonly id: string; readonly rid: string }[];
  readonly lastTodoRid: string | undefined;
};

/** Compares the numbers that one transaction gave with the order of creation. */
export const noteOrder = (
  order: OrderAudit,
  { project, ts, numbered, lastTodoRid }: OrderedTransaction,
  findings: Findings,
): void => {
  if (ts < order.lastTs) order.isDisturbed = true;
  order.lastTs = Math.max(order.lastTs, ts);
  for (const { id, rid } of numbered) {
    const insertion = insertionNumber(rid);
    const { newest } = order;
    if (newest && insertion < newest.insertion) reportInversion(id, newest.id);
    else order.newest = { id, insertion };
    noteOvertaking(order, { id, insertion });
  }
  if (lastTodoRid !== undefined) noteMark(order, { ts, insertion: insertionNumber(lastTodoRid) });

  function reportInversion(id: string, newestId: string): void {
    if (!findings.rules.createdOnce || order.isDisturbed) {
      findings.figures.unprovenOrder += 1;
      return;
    }
    const message = `request ${id} has a higher number than ${newestId}, which was created later`;
    report(findings, project, { kind: "out-of-order", message, ids: [id, newestId] });
  }
};

/** Reports the pending requests that have been overtaken, once all of a project has been read. */
export const concludeOrder = (
  order: OrderAudit,
  {
    project,
    pending,
  }: { readonly project: ProjectKey; readonly pending: ReadonlyMap<string, PendingRequest> },
  findings: Findings,
): void => {
  for (const [id, request] of pending) {
    const by = overtakerOf(order, request, findings.rules.createdOnce);
    if (by === undefined) continue;
    if (order.isDisturbed) findings.figures.unprovenOrder += 1;
    else {
      const message = `request ${id} still waits, and ${by}, which was created later, has a number`;
      report(findings, project, { kind: "request-overtaken", message, ids: [id, by] });
    }
  }
};

const overtakerOf = (
  { newest, overtaking }: OrderAudit,
  { rid, ts }: PendingRequest,
  createdOnce: boolean,
): string | undefined => {
  if (createdOnce && newest && insertionNumber(rid) < newest.insertion) return newest.id;
  return overtaking && ts + RESERVATION_S < overtaking.ts ? overtaking.id : undefined;
};

const noteOvertaking = (order: OrderAudit, { id, insertion }: Created): void => {
  const mark = order.marks.findLast((each) => each.insertion < insertion);
  if (mark && mark.ts > (order.overtaking?.ts ?? 0)) order.overtaking = { ts: mark.ts, id };
};

/** Insertion numbers that fall, by more than a reservation explains, tell nothing any more. */
const noteMark = (order: OrderAudit, mark: Mark): void => {
  const before = order.marks.findLast(({ ts }) => ts + RESERVATION_S < mark.ts);
  if (before && mark.insertion < before.insertion) order.isDisturbed = true;
  const last = order.marks.at(-1);
  if (last && mark.ts < last.ts + MARK_EVERY_S) return;
  order.marks = [...order.marks, mark].slice(-MAX_MARKS);
};
