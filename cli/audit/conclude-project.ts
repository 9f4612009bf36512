import type { Container } from "@azure/cosmos";
import type { Todo } from "../../domain/todo.ts";
import { classify, type DoneRequest } from "./audited-document.ts";
import { type ProjectAudit, type Report, titleDiffers, violationOf } from "./project-audit.ts";

/** Reports what only the end of the feed shows: missing numbers, the counter, pending requests. */
export const concludeProject = async (
  container: Container,
  audit: ProjectAudit,
  { report, complete }: { readonly report: Report; readonly complete: boolean },
): Promise<void> => {
  const { project, numbers, pending } = audit;
  await settleOpen(container, audit, report);
  for (const { from, to } of numbers.missing()) {
    const message =
      from === to ? `number ${from} has no todo` : `numbers ${from}..${to} have no todo`;
    report(violationOf(project, "number-missing", { message, ids: [] }));
  }
  for (const todo of numbers.late()) await explainLate(container, { audit, todo, report });
  concludeCounter(audit, report);
  if (!complete) return;
  for (const id of pending) {
    const message = "the request is still pending";
    report(violationOf(project, "request-pending", { message, ids: [id] }));
  }
};

/**
 * Settles by point reads what the feed left open: todos and done requests whose other half was not
 * written with them.
 */
export const settleOpen = async (
  container: Container,
  audit: ProjectAudit,
  report: Report,
): Promise<void> => {
  const { openTodos, openRequests } = audit;
  for (const { value } of openTodos.values()) {
    await settleTodo(container, { audit, todo: value, report });
  }
  for (const { value } of openRequests.values()) {
    await settleRequest(container, { audit, request: value, report });
  }
  openTodos.clear();
  openRequests.clear();
};

type OpenTodo = { readonly audit: ProjectAudit; readonly todo: Todo; readonly report: Report };

const settleTodo = async (
  container: Container,
  { audit: { project }, todo, report }: OpenTodo,
): Promise<void> => {
  const { todoId, requestId, id } = todo;
  const { resource } = await container.item(requestId, project.partitionKey).read();
  const request = classify(resource);
  const say = (kind: Parameters<typeof violationOf>[1], message: string) =>
    report(violationOf(project, kind, { message, ids: [id, requestId] }));
  if (request.kind === "stray" || request.kind === "todo" || request.kind === "counter") {
    say("todo-without-request", `todo ${todoId} has no request`);
  } else if (request.kind === "rejected" && request.reason !== "id-reused") {
    say("todo-of-rejected", `todo ${todoId} belongs to a request that is ${request.reason}`);
  } else if (request.kind === "done" && request.request.todoId !== todoId) {
    say("todo-twice", `the request is done with number ${request.request.todoId}, not ${todoId}`);
  } else if (request.kind === "done" && request.request.title !== todo.title) {
    report(titleDiffers(project, [id, requestId]));
  }
};

type OpenRequest = {
  readonly audit: ProjectAudit;
  readonly request: DoneRequest;
  readonly report: Report;
};

const settleRequest = async (
  container: Container,
  { audit, request, report }: OpenRequest,
): Promise<void> => {
  const { project, counts } = audit;
  const todos = await todosNumbered(container, audit, request.todoId);
  const todo = todos.find(({ requestId }) => requestId === request.id);
  if (!todo) {
    const message = `the request is done with number ${request.todoId}, which is no todo of it`;
    report(violationOf(project, "request-without-todo", { message, ids: [request.id] }));
  } else if (todo.title !== request.title) {
    report(titleDiffers(project, [todo.id, request.id]));
  } else counts.unproven += 1;
};

const explainLate = async (
  container: Container,
  { audit, todo, report }: OpenTodo,
): Promise<void> => {
  const { todoId, id } = todo;
  const todos = await todosNumbered(container, audit, todoId);
  const [kind, message] =
    todos.length > 1
      ? (["number-twice", `${todos.length} todos have the number ${todoId}`] as const)
      : (["todo-changed", `todo ${todoId} was written after a higher number`] as const);
  const ids = todos.length > 1 ? todos.map((each) => each.id) : [id];
  report(violationOf(audit.project, kind, { message, ids }));
};

const todosNumbered = async (
  container: Container,
  { project }: ProjectAudit,
  todoId: number,
): Promise<readonly Todo[]> => {
  const query = {
    query: 'SELECT * FROM c WHERE c.type = "todo" AND c.todoId = @todoId',
    parameters: [{ name: "@todoId", value: todoId }],
  };
  const options = { partitionKey: project.partitionKey ?? undefined };
  const { resources } = await container.items.query<unknown>(query, options as object).fetchAll();
  return resources.map(classify).flatMap((found) => (found.kind === "todo" ? [found.todo] : []));
};

const concludeCounter = (audit: ProjectAudit, report: Report): void => {
  const { project, counter, counts } = audit;
  const { todoId: highest, lsn } = audit.numbers.highest();
  if (!counter) {
    if (highest === 0) return;
    const message = `there are todos up to number ${highest} and no counter`;
    report(violationOf(project, "counter-missing", { message, ids: [] }));
    return;
  }
  const ids = [counter.value.id];
  if (counter.value.lastId !== highest) {
    const message = `the counter says ${counter.value.lastId}, the newest todo is ${highest}`;
    report(violationOf(project, "counter-wrong", { message, ids }));
  } else if (counter.lsn < lsn) {
    const message = `the counter was written before todo ${highest}`;
    report(violationOf(project, "not-together", { message, ids }));
  } else if (counter.lsn > lsn) counts.unproven += 1;
};
