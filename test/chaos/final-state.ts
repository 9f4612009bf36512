import type { Container } from "@azure/cosmos";
import { readTransactions } from "../../cli/audit/read-transactions.ts";
import { RequestDocument } from "../../domain/request-document.ts";
import { Todo } from "../../domain/todo.ts";

/** What the container holds in the end. */
export type FinalState = {
  /** By `keyOf`. */
  readonly requests: ReadonlyMap<string, RequestInTheEnd>;
  /** The todos of each project by number. */
  readonly todos: ReadonlyMap<number, ReadonlyMap<number, Todo>>;
};

export type RequestInTheEnd = RequestDocument & {
  readonly projectId?: unknown;
  readonly title?: unknown;
  readonly status?: unknown;
  readonly todoId?: unknown;
  readonly reason?: unknown;
};

/** Names a request among those of all projects. */
export const keyOf = (projectId: unknown, id: string): string => JSON.stringify([projectId, id]);

/** Reads the newest version of every document. */
export const readFinalState = async (items: Container): Promise<FinalState> => {
  const documents: unknown[] = [];
  for await (const transactions of readTransactions(items)) {
    for (const transaction of transactions) documents.push(...transaction.documents);
  }
  return finalStateOf(documents);
};

/** Sorts documents by what they are; counters and strays are the auditor's matter. */
export const finalStateOf = (documents: readonly unknown[]): FinalState => {
  const requests = new Map<string, RequestInTheEnd>();
  const todos = new Map<number, Map<number, Todo>>();
  for (const document of documents) {
    if (RequestDocument.is(document)) {
      const request: RequestInTheEnd = document;
      requests.set(keyOf(request.projectId, request.id), request);
    } else if (Todo.is(document)) {
      const { id, projectId, type, todoId, title, requestId } = document;
      const known = todos.get(projectId) ?? new Map();
      todos.set(projectId, known.set(todoId, { id, projectId, type, todoId, title, requestId }));
    }
  }
  return { requests, todos };
};
