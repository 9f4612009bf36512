import { createHash } from "node:crypto";
import { COUNTER_ID, type Counter } from "../../domain/counter.ts";
import type { Todo } from "../../domain/todo.ts";
import { classify, type DoneRequest } from "./audited-document.ts";
import type { ProjectKey } from "./audited-project.ts";
import { type Findings, report } from "./findings.ts";
import { addNumber, createNumberAudit, type NumberAudit } from "./number-audit.ts";
import {
  createOrderAudit,
  noteOrder,
  type OrderAudit,
  type PendingRequest,
} from "./order-audit.ts";
import type { WrittenTogether } from "./read-range.ts";

/**
 * What is known of one project. Plain data and maps: it is kept in files.
 *
 * shape   its size follows what is pending and open, not the number of documents. Open are todos and
 *         done requests that were not written together, until their other half is met or read
 */
export type ProjectAudit = {
  readonly numbers: NumberAudit;
  readonly order: OrderAudit;
  counter: SeenCounter | undefined;
  pending: Map<string, PendingRequest> | undefined;
  /** By `openKey`. */
  openTodos: Map<string, OpenTodo> | undefined;
  /** By `openKey`. */
  openRequests: Map<string, OpenRequest> | undefined;
};

type SeenCounter = { readonly id: string; readonly lastId: number; readonly lsn: number };

/** A title can be long, or anything at all; of open documents only its hash is kept. */
export type OpenTodo = {
  readonly id: string;
  readonly requestId: string;
  readonly todoId: number;
  readonly titleHash: string;
  readonly lsn: number;
};
export type OpenRequest = Omit<OpenTodo, "requestId">;

export const createProjectAudit = (): ProjectAudit => ({
  numbers: createNumberAudit(),
  order: createOrderAudit(),
  counter: undefined,
  pending: undefined,
  openTodos: undefined,
  openRequests: undefined,
});

/** Counts the documents that wait for their other half. */
export const openCount = ({ openTodos, openRequests, numbers }: ProjectAudit): number =>
  (openTodos?.size ?? 0) + (openRequests?.size ?? 0) + numbers.late.length;

/** Makes a text that is equal for equal titles. */
export const hashTitle = (title: unknown): string =>
  createHash("sha1")
    .update(JSON.stringify(title) ?? "none")
    .digest("base64");

/** Takes what one transaction wrote into account, and reports what it proves wrong. */
export const auditTransaction = (
  audit: ProjectAudit,
  transaction: WrittenTogether,
  findings: Findings,
): void => {
  const { figures } = findings;
  const { project, lsn, ts } = transaction;
  const { todos, requests } = sortOut(audit, transaction, findings);
  figures.todos += todos.length;
  const numbered: { id: string; rid: string }[] = [];
  for (const { todo, rid } of todos.sort((a, b) => a.todo.todoId - b.todo.todoId)) {
    const { id, todoId, requestId } = todo;
    addNumber(audit.numbers, { todoId, id, rid, lsn });
    const found = requests.get(requestId);
    if (found?.request.todoId === todoId) {
      requests.delete(requestId);
      numbered.push({ id: requestId, rid: found.rid });
      if (found.request.title !== todo.title) reportTitle(findings, project, [id, requestId]);
    } else openTodo(audit, { project, todo, lsn }, findings);
  }
  for (const { request } of requests.values()) {
    openRequest(audit, { project, request, lsn }, findings);
  }
  noteOrder(audit.order, { project, ts, numbered, lastTodoRid: todos.at(-1)?.rid }, findings);
};

type SortedOut = {
  readonly todos: { readonly todo: Todo; readonly rid: string }[];
  /** Done requests by id. */
  readonly requests: Map<string, { readonly request: DoneRequest; readonly rid: string }>;
};

const sortOut = (
  audit: ProjectAudit,
  { project, documents, lsn }: WrittenTogether,
  findings: Findings,
): SortedOut => {
  const { figures } = findings;
  const sorted: SortedOut = { todos: [], requests: new Map() };
  for (const document of documents) {
    const { _rid: rid, _ts: ts } = document as { readonly _rid: string; readonly _ts: number };
    const audited = classify(document);
    if (audited.kind === "todo") sorted.todos.push({ todo: audited.todo, rid });
    else if (audited.kind === "counter") noteCounter(audit, audited.counter, lsn);
    else if (audited.kind === "stray") figures.strays += 1;
    else if (audited.kind === "pending") {
      audit.pending ??= new Map();
      audit.pending.set(audited.id, { rid, ts });
    } else if (audited.kind === "done") {
      figures.done += 1;
      audit.pending?.delete(audited.request.id);
      sorted.requests.set(audited.request.id, { request: audited.request, rid });
    } else if (audited.kind === "rejected") {
      audit.pending?.delete(audited.id);
      figures.rejected[audited.reason] = (figures.rejected[audited.reason] ?? 0) + 1;
    } else {
      const message = "the request has a status or reason that the pipeline does not know";
      report(findings, project, { kind: "request-malformed", message, ids: [audited.id] });
    }
  }
  return sorted;
};

const openKey = (requestId: string, todoId: number): string => `${todoId} ${requestId}`;

type Opened<D> = { readonly project: ProjectKey; readonly lsn: number } & D;

/**
 * Compares a todo with its done request that was written in an earlier transaction, or keeps it open.
 *
 * source  A todo is never written again: it was not there when its request was marked done
 */
const openTodo = (
  audit: ProjectAudit,
  { project, todo, lsn }: Opened<{ readonly todo: Todo }>,
  findings: Findings,
): void => {
  const { id, requestId, todoId, title } = todo;
  const key = openKey(requestId, todoId);
  const titleHash = hashTitle(title);
  const request = audit.openRequests?.get(key);
  if (!request) {
    audit.openTodos ??= new Map();
    audit.openTodos.set(key, { id, requestId, todoId, titleHash, lsn });
    return;
  }
  audit.openRequests?.delete(key);
  if (request.titleHash !== titleHash) reportTitle(findings, project, [id, requestId]);
  reportTodoAfter(findings, project, { todoId, ids: [id, requestId] });
};

/**
 * Compares a done request with its todo that was written in an earlier transaction, or keeps it open.
 *
 * source  It was written again: its sender replaced it, and the drain marked it again
 */
const openRequest = (
  audit: ProjectAudit,
  { project, request, lsn }: Opened<{ readonly request: DoneRequest }>,
  findings: Findings,
): void => {
  const { id, todoId, title } = request;
  const key = openKey(id, todoId);
  const titleHash = hashTitle(title);
  const todo = audit.openTodos?.get(key);
  if (!todo) {
    audit.openRequests ??= new Map();
    audit.openRequests.set(key, { id, todoId, titleHash, lsn });
    return;
  }
  audit.openTodos?.delete(key);
  if (todo.titleHash !== titleHash) reportTitle(findings, project, [todo.id, id]);
  findings.figures.unproven += 1;
};

/** Todo and request do not say the same. */
export const reportTitle = (findings: Findings, project: ProjectKey, ids: string[]): void =>
  report(findings, project, {
    kind: "title-differs",
    message: "todo and request have different titles",
    ids,
  });

/** Reports a todo that was written after its request had been marked done. */
export const reportTodoAfter = (
  findings: Findings,
  project: ProjectKey,
  { todoId, ids }: { readonly todoId: number; readonly ids: string[] },
): void => {
  const message = `todo ${todoId} was written after its request was marked done`;
  report(findings, project, { kind: "not-together", message, ids });
};

const noteCounter = (audit: ProjectAudit, { id, lastId }: Counter, lsn: number): void => {
  const { counter: known } = audit;
  const isBetter =
    !known ||
    known.id === id ||
    id === COUNTER_ID ||
    (known.id !== COUNTER_ID && lastId > known.lastId);
  if (isBetter) audit.counter = { id, lastId, lsn };
};
