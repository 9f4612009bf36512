import type { Container } from "@azure/cosmos";
import { insertionNumber } from "../../domain/insertion-number.ts";
import { type Todo, todoDocumentId } from "../../domain/todo.ts";
import { createLimiter } from "../at-most.ts";
import { untilReachable } from "../until-reachable.ts";
import { classify } from "./audited-document.ts";
import { type ProjectKey, partitionKeyOf } from "./audited-project.ts";
import { type Findings, report } from "./findings.ts";
import { isNumberSeen, type LateTodo } from "./number-audit.ts";
import {
  hashTitle,
  type OpenRequest,
  type OpenTodo,
  type ProjectAudit,
  reportTitle,
  reportTodoAfter,
} from "./project-audit.ts";
import type { ViolationKind } from "./violation.ts";

/** Point reads and queries at the same time. */
const MAX_READS_AT_ONCE = 16;

type Project = { readonly project: ProjectKey; readonly audit: ProjectAudit };

/**
 * Settles by reading them what the feed left open: todos and done requests whose other half was not
 * written with them, and todos that were written after a higher number.
 *
 * shape   nothing is open afterwards
 */
export const settleOpen = async (
  container: Container,
  { project, audit }: Project,
  findings: Findings,
): Promise<void> => {
  const limiter = createLimiter(MAX_READS_AT_ONCE);
  const reader = { container, project, audit, findings };
  for (const todo of audit.openTodos?.values() ?? []) {
    await limiter.start(() => settleTodo(reader, todo));
  }
  for (const request of audit.openRequests?.values() ?? []) {
    await limiter.start(() => settleRequest(reader, request));
  }
  for (const late of audit.numbers.late) await limiter.start(() => explainLate(reader, late));
  await limiter.idle();
  audit.openTodos = undefined;
  audit.openRequests = undefined;
  audit.numbers.late.length = 0;
};

type Reader = {
  readonly container: Container;
  readonly project: ProjectKey;
  readonly audit: ProjectAudit;
  readonly findings: Findings;
};

const settleTodo = async (reader: Reader, todo: OpenTodo): Promise<void> => {
  const { project, findings } = reader;
  const { todoId, requestId, id } = todo;
  const request = classify(await readItem(reader, requestId));
  const say = (kind: ViolationKind, message: string): void =>
    report(findings, project, { kind, message, ids: [id, requestId] });
  if (request.kind === "stray" || request.kind === "todo" || request.kind === "counter") {
    if (findings.rules.requestsMayExpire) findings.figures.expired += 1;
    else say("todo-without-request", `todo ${todoId} has no request`);
  } else if (request.kind === "rejected" && request.reason !== "id-reused") {
    say("todo-of-rejected", `todo ${todoId} belongs to a request that is ${request.reason}`);
  } else if (request.kind === "done" && request.request.todoId !== todoId) {
    say("todo-twice", `the request is done with number ${request.request.todoId}, not ${todoId}`);
  } else if (request.kind === "done" && hashTitle(request.request.title) !== todo.titleHash) {
    reportTitle(findings, project, [id, requestId]);
  }
};

/** A todo that the feed has not shown yet comes behind its request: it is never written again. */
const settleRequest = async (reader: Reader, request: OpenRequest): Promise<void> => {
  const { project, audit, findings } = reader;
  const { id, todoId, titleHash } = request;
  const todo = await findTodo(reader, request);
  if (!todo) {
    const message = `the request is done with number ${todoId}, which is no todo of it`;
    report(findings, project, { kind: "request-without-todo", message, ids: [id] });
    return;
  }
  if (hashTitle(todo.title) !== titleHash) reportTitle(findings, project, [todo.id, id]);
  if (isNumberSeen(audit.numbers, todoId)) findings.figures.unproven += 1;
  else reportTodoAfter(findings, project, { todoId, ids: [todo.id, id] });
};

/** Finds the todo of a request under its own id, else by its number. */
const findTodo = async (reader: Reader, { id, todoId }: OpenRequest): Promise<Todo | undefined> => {
  const isIts = (todo: Todo): boolean => todo.requestId === id && todo.todoId === todoId;
  const found = classify(await readItem(reader, todoDocumentId(id)));
  if (found.kind === "todo" && isIts(found.todo)) return found.todo;
  return (await todosNumbered(reader, todoId)).find(isIts);
};

const explainLate = async (reader: Reader, { todo, after }: LateTodo): Promise<void> => {
  const { project, findings } = reader;
  const { todoId, id } = todo;
  const say = (kind: ViolationKind, message: string, ids: string[]): void =>
    report(findings, project, { kind, message, ids });
  const ids = (await todosNumbered(reader, todoId)).map((each) => each.id);
  if (ids.length > 1) {
    const others = ids.filter((other) => other !== id);
    say("number-twice", `${ids.length} todos have the number ${todoId}`, [id, ...others]);
  } else if (insertionNumber(todo.rid) > insertionNumber(after.rid)) {
    say("number-late", `todo ${todoId} was made after todo ${after.todoId}`, [id, after.id]);
  } else {
    say("todo-changed", `todo ${todoId} was written again after todo ${after.todoId}`, [id]);
  }
};

const readItem = async ({ container, project }: Reader, id: string): Promise<unknown> => {
  const key = partitionKeyOf(project);
  const { resource } = await untilReachable(() => container.item(id, key).read<object>());
  return resource;
};

const todosNumbered = async (
  { container, project }: Reader,
  todoId: number,
): Promise<readonly Todo[]> => {
  const query = {
    query: 'SELECT * FROM c WHERE c.type = "todo" AND c.todoId = @todoId',
    parameters: [{ name: "@todoId", value: todoId }],
  };
  const partitionKey = partitionKeyOf(project);
  // The SDK takes no key for "no restriction"; a query over all partitions finds what is asked for too.
  const options = partitionKey === undefined ? {} : { partitionKey: partitionKey as string };
  const { resources } = await untilReachable(() =>
    container.items.query<unknown>(query, options).fetchAll(),
  );
  return resources.flatMap((resource) => {
    const found = classify(resource);
    return found.kind === "todo" ? [found.todo] : [];
  });
};
