import type { Container } from "@azure/cosmos";

/** What the pipeline did, counted; the audit throws nothing and lists contradictions instead. */
export type Audit = {
  readonly done: number;
  readonly rejected: number;
  readonly pending: number;
  readonly contradictions: readonly string[];
};

type Document = {
  readonly id: string;
  readonly projectId: number;
  readonly type: string;
  readonly title: string;
  readonly status?: string;
  readonly todoId?: number;
  readonly requestId?: string;
  readonly lastId?: number;
  /** The place of a request among those of its project. */
  readonly step?: number;
};

/**
 * Reads everything and checks what the pipeline promises: the numbers of a project are 1..n in the
 * order of its requests, the counter says n, and a request is done just if its todo exists.
 */
export const audit = async (items: Container): Promise<Audit> => {
  const { resources } = await items.items.query<Document>("SELECT * FROM c").fetchAll();
  const projects = Map.groupBy(resources, ({ projectId }) => projectId);
  const requests = resources.filter(({ type }) => type === "request");
  const count = (status: string | undefined): number =>
    requests.filter((request) => request.status === status).length;
  return {
    done: count("done"),
    rejected: count("rejected"),
    pending: count(undefined),
    contradictions: [...projects].flatMap(([projectId, documents]) =>
      contradictionsIn(documents).map((text) => `project ${projectId}: ${text}`),
    ),
  };
};

const contradictionsIn = (documents: readonly Document[]): readonly string[] => {
  const ofType = (wanted: string) => documents.filter(({ type }) => type === wanted);
  const todos = ofType("todo").sort((a, b) => (a.todoId ?? 0) - (b.todoId ?? 0));
  const done = ofType("request").filter(({ status }) => status === "done");
  const requests = new Map(done.map((request) => [request.id, request]));
  const contradictions: string[] = [];
  const [counter] = ofType("counter");
  if ((counter?.lastId ?? 0) !== todos.length) {
    contradictions.push(`the counter says ${counter?.lastId}, there are ${todos.length} todos`);
  }
  if (done.length !== todos.length) {
    contradictions.push(`${done.length} requests are done, there are ${todos.length} todos`);
  }
  let step = -1;
  for (const [index, todo] of todos.entries()) {
    const request = requests.get(todo.requestId ?? "");
    if (todo.todoId !== index + 1) contradictions.push(`todo ${todo.todoId} is at ${index + 1}`);
    if (request?.todoId !== todo.todoId || request?.title !== todo.title) {
      contradictions.push(`todo ${todo.todoId} and its request ${todo.requestId} differ`);
    }
    if ((request?.step ?? 0) <= step) contradictions.push(`todo ${todo.todoId} is out of order`);
    step = request?.step ?? step;
  }
  return contradictions;
};
