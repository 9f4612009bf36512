import { COUNTER_ID, type Counter } from "../../domain/counter.ts";
import type { Todo } from "../../domain/todo.ts";
import { classify, type DoneRequest } from "./audited-document.ts";
import type { AuditedProject } from "./audited-project.ts";
import { createNumberAudit, type NumberAudit } from "./number-audit.ts";
import type { WrittenTogether } from "./read-transactions.ts";
import type { Violation, ViolationKind } from "./violation.ts";

/** What is known of one project. Its size follows what is open, not the number of documents. */
export type ProjectAudit = {
  readonly project: AuditedProject;
  readonly numbers: NumberAudit;
  /** Todos that were not written together with their request, by the request's id. */
  readonly openTodos: Map<string, Written<Todo>>;
  /** Done requests that were not written together with their todo, by id. */
  readonly openRequests: Map<string, Written<DoneRequest>>;
  readonly pending: Set<string>;
  readonly counts: Counts;
  counter: Written<Counter> | undefined;
};

export type Written<A> = { readonly value: A; readonly lsn: number };

/** `unproven`: requests or counters written again later, so that I5 can be neither shown nor refuted. */
export type Counts = {
  done: number;
  todos: number;
  strays: number;
  unproven: number;
  readonly rejected: Record<string, number>;
};

export type Report = (violation: Violation) => void;

export const createProjectAudit = (project: AuditedProject): ProjectAudit => ({
  project,
  numbers: createNumberAudit(),
  openTodos: new Map(),
  openRequests: new Map(),
  pending: new Set(),
  counts: { done: 0, todos: 0, strays: 0, unproven: 0, rejected: {} },
  counter: undefined,
});

/** Makes the violation of a project. */
export const violationOf = (
  { key }: AuditedProject,
  kind: ViolationKind,
  { message, ids }: { readonly message: string; readonly ids: readonly string[] },
): Violation => ({ kind, project: key, message, ids });

/** Takes what one transaction wrote into account, and reports what it proves wrong. */
export const auditTransaction = (
  audit: ProjectAudit,
  { documents, lsn }: WrittenTogether,
  report: Report,
): void => {
  const { counts, pending, openRequests, openTodos } = audit;
  const todos: Todo[] = [];
  for (const document of documents) {
    const audited = classify(document);
    if (audited.kind === "todo") todos.push(audited.todo);
    else if (audited.kind === "counter") noteCounter(audit, { value: audited.counter, lsn });
    else if (audited.kind === "stray") counts.strays += 1;
    else if (audited.kind === "pending") pending.add(audited.id);
    else if (audited.kind === "done") {
      counts.done += 1;
      pending.delete(audited.request.id);
      openRequests.set(audited.request.id, { value: audited.request, lsn });
    } else if (audited.kind === "rejected") {
      pending.delete(audited.id);
      counts.rejected[audited.reason] = (counts.rejected[audited.reason] ?? 0) + 1;
    } else report(malformed(audit.project, audited.id));
  }
  counts.todos += todos.length;
  for (const todo of todos.sort((one, other) => one.todoId - other.todoId)) {
    audit.numbers.add(todo, lsn);
    openTodos.set(`${todo.requestId} ${todo.todoId}`, { value: todo, lsn });
  }
  for (const request of documentsOf(documents)) meet(audit, request, report);
  for (const todo of todos) meet(audit, todo.requestId, report);
};

/**
 * Compares a todo and its done request once both are known.
 *
 * source  A later request was written again (its sender replaced it, and the drain marked it again), a
 *         later todo never is: it was not there when its request was marked done
 */
const meet = (audit: ProjectAudit, requestId: string, report: Report): void => {
  const { openRequests, openTodos, counts, project } = audit;
  const request = openRequests.get(requestId);
  const key = `${requestId} ${request?.value.todoId}`;
  const todo = openTodos.get(key);
  if (!request || !todo) return;
  openRequests.delete(requestId);
  openTodos.delete(key);
  const ids = [todo.value.id, requestId];
  if (request.value.title !== todo.value.title) report(titleDiffers(project, ids));
  if (request.lsn > todo.lsn) counts.unproven += 1;
  if (request.lsn < todo.lsn) {
    const message = `todo ${todo.value.todoId} was written after its request was marked done`;
    report(violationOf(project, "not-together", { message, ids }));
  }
};

/** Todo and request do not say the same. */
export const titleDiffers = (project: AuditedProject, ids: readonly string[]): Violation =>
  violationOf(project, "title-differs", {
    message: "todo and request have different titles",
    ids,
  });

const malformed = (project: AuditedProject, id: string): Violation =>
  violationOf(project, "request-malformed", {
    message: "the request has a status or reason that the pipeline does not know",
    ids: [id],
  });

const documentsOf = (documents: readonly unknown[]): readonly string[] =>
  documents.flatMap((document) => {
    const audited = classify(document);
    return audited.kind === "done" ? [audited.request.id] : [];
  });

const noteCounter = (audit: ProjectAudit, counter: Written<Counter>): void => {
  const { counter: known } = audit;
  const isBetter =
    !known ||
    known.value.id === counter.value.id ||
    counter.value.id === COUNTER_ID ||
    (known.value.id !== COUNTER_ID && counter.value.lastId > known.value.lastId);
  if (isBetter) audit.counter = counter;
};
