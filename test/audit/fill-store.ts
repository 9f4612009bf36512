import { todoDocumentId } from "../../domain/todo.ts";
import type { JsonObject } from "../../local/cosmos/json.ts";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import type { Container } from "../../local/cosmos/store/physical-partition.ts";
import { partitionFor } from "../../local/cosmos/store/physical-partition.ts";
import type { Store } from "../../local/cosmos/store/store.ts";

export type Filling = {
  readonly todos: number;
  readonly projects: number;
  /** Requests that one transaction ends. */
  readonly perDrain: number;
};

/** Drains of different projects that wait for the same fsync. */
const AT_ONCE = 50;

/**
 * Fills a container with projects as drains leave them: requests that are done, their todos and the
 * counter, each drain in one transaction, projects in turn.
 *
 * shape   straight through the store's commit path, since a million requests over HTTP take minutes
 */
export const fillStore = async (
  store: Store,
  container: Container,
  { todos, projects, perDrain }: Filling,
): Promise<void> => {
  const perProject = todos / projects;
  if (!Number.isInteger(perProject)) throw new Error("todos must be a multiple of projects");
  for (let first = 1; first <= perProject; first += perDrain) {
    const last = Math.min(perProject, first + perDrain - 1);
    let waiting: Promise<void>[] = [];
    for (let projectId = 1; projectId <= projects; projectId += 1) {
      waiting.push(drainOnce(store, container, { projectId, first, last }));
      if (waiting.length < AT_ONCE && projectId < projects) continue;
      await Promise.all(waiting);
      waiting = [];
    }
  }
};

type Drain = { readonly projectId: number; readonly first: number; readonly last: number };

const drainOnce = (
  store: Store,
  container: Container,
  { projectId, first, last }: Drain,
): Promise<void> => {
  const key = logicalKey([projectId], container.partitionKey);
  return store.commit(container, partitionFor(container, key.epk), (transaction) => {
    const put = (body: JsonObject & { readonly id: string }): void => {
      transaction.put({ key, id: body.id, body });
    };
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const requests = numbers.map((todoId) => ({
      id: `7f5c1c1e-0000-4000-8000-${String(todoId).padStart(12, "0")}`,
      projectId,
      type: "request",
      title: `Buy ${todoId} bottles of milk, and bring back the empty ones`,
      status: "done",
      todoId,
    }));
    for (const request of requests) put(request);
    for (const { id, title, todoId } of requests) {
      put({ id: todoDocumentId(id), projectId, type: "todo", todoId, title, requestId: id });
    }
    put({ id: "counter", projectId, type: "counter", lastId: last });
  });
};
