import {
  apply,
  createProject,
  isByScript,
  isPending,
  ownText,
  type Project,
  Violation,
} from "./documents.ts";
import type { WatchedDocument, WatchedWrite } from "./watched-store.ts";

/** Watches all transactions of a world's items, and fails at the first that breaks a promise. */
export type Safety = {
  readonly onCommit: (writes: readonly WatchedWrite[]) => void;
  readonly projects: ReadonlyMap<string, Project>;
  readonly project: (pk: string) => Project;
  /** Transactions of drains, in their order. */
  readonly drained: Drained[];
  /** Announces a deletion: any other is a request that vanished. */
  readonly allowDelete: (pk: string, id: string) => void;
  readonly isDeleted: (pk: string, id: string) => boolean;
  /** Forgets a drain that its region has lost; false if something came after it that it has not. */
  readonly undo: (drained: Drained) => boolean;
  /** Checks everything at once. */
  readonly checkAll: () => void;
};

/** One transaction of a drain, and its documents as they were before. */
export type Drained = {
  readonly writes: readonly WatchedWrite[];
  readonly before: readonly (WatchedDocument | undefined)[];
};

/** Makes the watch. */
export const createSafety = (): Safety => {
  const projects = new Map<string, Project>();
  const drained: Drained[] = [];
  const deletable = new Set<string>();
  const project = (pk: string): Project => {
    const known = projects.get(pk) ?? createProject(pk);
    projects.set(pk, known);
    return known;
  };
  return {
    projects,
    project,
    drained,
    allowDelete: (pk, id) => deletable.add(`${pk}\n${id}`),
    isDeleted: (pk, id) => deletable.has(`${pk}\n${id}`),
    onCommit: (writes) => {
      const of = project(writes[0]!.pk);
      for (const { pk, id, after } of writes) {
        if (!after && !deletable.has(`${pk}\n${id}`)) fail(of, `document ${id} was deleted`);
      }
      const byScript = writes.filter(({ after }) => after && isByScript(after));
      if (byScript.length === 0) return applyForeign(of, writes);
      const before = writes.map(({ id }) => of.documents.get(id));
      checkDrain(of, byScript);
      drained.push({ writes, before });
    },
    undo: (one) => undoDrain(project(one.writes[0]!.pk), one),
    checkAll: () => {
      for (const each of projects.values()) checkProject(each);
    },
  };
};

/** What others than the pipeline write. */
const applyForeign = (project: Project, writes: readonly WatchedWrite[]): void => {
  for (const write of writes) {
    if (project.documents.has(write.id)) project.replaced.add(write.id);
    if (!write.after) project.replaced.delete(write.id);
    apply(project, write);
  }
};

const fail = (project: Project, what: string): never => {
  throw wrong(project, what);
};

const wrong = ({ pk }: Project, what: string): Violation => new Violation(`project ${pk}: ${what}`);

type Settled = { readonly id: string; readonly before: WatchedDocument; readonly todoId: number };

/** One transaction of a drain: I2, I3, I4 and I5. */
const checkDrain = (project: Project, writes: readonly WatchedWrite[]): void => {
  const created: WatchedDocument[] = [];
  const done: Settled[] = [];
  let counter: WatchedDocument | undefined;
  for (const { id, after } of writes) {
    const before = project.documents.get(id);
    const { type } = after!.body;
    if (type === "todo") {
      if (before) fail(project, `todo ${id} was changed`);
      created.push(after!);
    } else if (type === "counter") {
      counter = after;
    } else if (type === "request") {
      if (!before || !isPending(before)) throw wrong(project, `${id} was settled, not pending`);
      if (isPending(after!)) fail(project, `${id} was written by the drain and is still pending`);
      if (after!.body.status === "done") {
        done.push({ id, before, todoId: Number(after!.body.todoId) });
      }
    } else fail(project, `the drain wrote ${id} of type ${type}`);
  }
  addTodos(project, created);
  if (counter) project.lastId = Number(counter.body.lastId);
  if (project.lastId !== project.todos.length) {
    fail(project, `counter ${project.lastId} with ${project.todos.length} todos`);
  }
  checkMarks(project, created.length, done);
  checkOrder(
    project,
    done.filter(({ todoId }) => todoId > project.todos.length - created.length),
  );
  for (const write of writes) apply(project, write);
  checkNobodyOvertaken(project, done, project.todos.length - created.length);
};

const addTodos = (project: Project, created: WatchedDocument[]): void => {
  created.sort((a, b) => Number(a.body.todoId) - Number(b.body.todoId));
  for (const { body } of created) {
    const number = project.todos.length + 1;
    const requestId = String(body.requestId);
    if (body.todoId !== number) fail(project, `todo ${body.todoId} came where ${number} was due`);
    if (project.todos.some((todo) => todo.requestId === requestId)) {
      fail(project, `request ${requestId} has two todos`);
    }
    const text = ownText(body);
    const known = project.history.get(number);
    if (known !== undefined && known !== text) {
      fail(project, `todo ${number} came again as ${text} and was ${known}`);
    }
    project.history.set(number, text);
    project.todos.push({ requestId, text });
  }
};

const checkMarks = (project: Project, createdCount: number, done: readonly Settled[]): void => {
  const first = project.todos.length - createdCount + 1;
  for (const { id, before, todoId } of done) {
    const todo = project.todos[todoId - 1];
    if (todo?.requestId !== id)
      fail(project, `${id} is done with ${todoId}, which is not its todo`);
    const { title } = JSON.parse(todo!.text) as { title: unknown };
    if (title !== before.body.title) fail(project, `todo ${todoId} has not the title of ${id}`);
  }
  const marked = new Set(done.map(({ todoId }) => todoId));
  for (let number = first; number <= project.todos.length; number += 1) {
    if (!marked.has(number)) fail(project, `todo ${number} came without the mark of its request`);
  }
};

/**
 * Must a come before b? By second; within one by insertion, unless one of them was replaced while
 * it was pending: then nobody can know.
 */
const isBefore = (project: Project, a: Known, b: Known): boolean => {
  if (a.document.ts !== b.document.ts) return a.document.ts < b.document.ts;
  if (project.replaced.has(a.id) || project.replaced.has(b.id)) return false;
  return a.document.rid < b.document.rid;
};

type Known = { readonly id: string; readonly document: WatchedDocument };

const checkOrder = (project: Project, numbered: readonly Settled[]): void => {
  const inOrder = [...numbered].sort((a, b) => a.todoId - b.todoId);
  for (const [i, later] of inOrder.entries()) {
    const earlier = inOrder[i - 1];
    if (!earlier) continue;
    const [a, b] = [earlier, later].map(({ id, before }) => ({ id, document: before }));
    if (isBefore(project, b!, a!))
      fail(project, `${later.id} came after ${earlier.id}, which is younger`);
  }
};

/** No request that still waits is older than one that got a number. */
const checkNobodyOvertaken = (project: Project, done: readonly Settled[], known: number): void => {
  for (const id of project.pending) {
    const waiting = { id, document: project.documents.get(id)! };
    for (const { id: other, before, todoId } of done) {
      if (todoId > known && isBefore(project, waiting, { id: other, document: before })) {
        fail(project, `${other} got number ${todoId} before ${id}, which is older`);
      }
    }
  }
  for (const { id } of done) project.replaced.delete(id);
};

/** Todos and counter of the region that went on are those from before. */
const undoDrain = (project: Project, { writes, before }: Drained): boolean => {
  if (writes.some(({ id, after }) => project.documents.get(id) !== after)) return false;
  writes.forEach((write, i) => {
    const { type } = write.after?.body ?? {};
    if (type === "todo") project.todos.pop();
    if (type === "counter") project.lastId = Number(before[i]?.body.lastId ?? 0);
    apply(project, { ...write, after: before[i] });
  });
  return true;
};

/** Everything at once: what is checked step by step must also hold as a whole. */
const checkProject = (project: Project): void => {
  const { documents, todos, lastId } = project;
  if (lastId !== todos.length) fail(project, `counter ${lastId} with ${todos.length} todos`);
  const byRequest = new Map(todos.map(({ requestId }, i) => [requestId, i + 1]));
  if (byRequest.size !== todos.length) fail(project, "a request has two todos");
  for (const [id, { body }] of documents) {
    if (body.type !== "request" || body.status !== "done") continue;
    if (byRequest.get(id) !== body.todoId) fail(project, `${id} is done with ${body.todoId}`);
  }
};
