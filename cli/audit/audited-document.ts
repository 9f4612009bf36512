import { COUNTER_ID, Counter } from "../../domain/counter.ts";
import { isPendingRequest, RequestDocument, RequestEnd } from "../../domain/request-document.ts";
import { Todo } from "../../domain/todo.ts";

/** A request that is done. */
export type DoneRequest = { readonly id: string; readonly todoId: number; readonly title: unknown };

/** What a document is to the auditor. */
export type AuditedDocument =
  | { readonly kind: "todo"; readonly todo: Todo }
  | { readonly kind: "counter"; readonly counter: Counter }
  | { readonly kind: "pending"; readonly id: string }
  | { readonly kind: "done"; readonly request: DoneRequest }
  | { readonly kind: "rejected"; readonly id: string; readonly reason: string }
  | { readonly kind: "malformed"; readonly id: string }
  | { readonly kind: "stray" };

/** Tells the pipeline's documents from each other and from whatever else the container holds. */
export const classify = (document: unknown): AuditedDocument => {
  if (RequestDocument.is(document)) return classifyRequest(document);
  if (Todo.is(document)) return { kind: "todo", todo: document };
  if (isCounter(document)) return { kind: "counter", counter: document };
  return { kind: "stray" };
};

const classifyRequest = (document: RequestDocument): AuditedDocument => {
  const { id } = document;
  if (isPendingRequest(document)) return { kind: "pending", id };
  const end: unknown = document;
  if (!RequestEnd.is(end)) return { kind: "malformed", id };
  if (end.status === "rejected") return { kind: "rejected", id, reason: end.reason };
  const { title } = document as { readonly title?: unknown };
  return { kind: "done", request: { id, todoId: end.todoId, title } };
};

const isCounter = (document: unknown): document is Counter =>
  Counter.is(document) && (document.id === COUNTER_ID || document.id.startsWith(`${COUNTER_ID}@`));
