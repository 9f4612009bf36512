/** A query as the .NET program is asked for it, and what it must find. */
export type Query = {
  readonly asked: {
    readonly query: string;
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly partitionKey?: number;
    readonly pageSize?: number;
    /** Each page from the continuation of the one before, as a stateless caller reads. */
    readonly isResumed?: true;
  };
  readonly expected: readonly unknown[];
};

const TODOS = 'FROM c WHERE c.type = "todo"';

/**
 * Queries over all partitions, for which the .NET SDK asks the server for a plan and then merges
 * what the partitions answer: a wrong plan or partial result shows in the expected values.
 *
 * shape   for projects 1..projects with todos 1..todos each
 */
export const queries = (projects: number, todos: number): readonly Query[] => {
  const projectIds = upTo(projects);
  const todoIds = upTo(todos);
  const pairs = projectIds.flatMap((projectId) => todoIds.map((todoId) => ({ projectId, todoId })));
  const newestFirst = [...pairs].sort((a, b) => b.todoId - a.todoId || a.projectId - b.projectId);
  const total = pairs.length;
  const sum = (total * (todos + 1)) / 2;
  return [
    {
      asked: {
        query: `SELECT c.projectId, c.todoId ${TODOS} ORDER BY c.projectId, c.todoId`,
        pageSize: 4,
      },
      expected: pairs,
    },
    {
      asked: {
        query: `SELECT VALUE c.todoId ${TODOS} ORDER BY c.todoId DESC`,
        pageSize: 5,
      },
      expected: newestFirst.map(({ todoId }) => todoId),
    },
    {
      asked: {
        query: `SELECT VALUE c.todoId ${TODOS} AND c.todoId > @after ORDER BY c.todoId`,
        parameters: { "@after": todos - 3 },
        partitionKey: 2,
      },
      expected: [todos - 2, todos - 1, todos],
    },
    {
      asked: { query: `SELECT TOP 5 VALUE c.todoId ${TODOS} ORDER BY c.todoId DESC` },
      expected: newestFirst.slice(0, 5).map(({ todoId }) => todoId),
    },
    {
      asked: {
        query: `SELECT VALUE c.projectId ${TODOS} AND c.todoId = 3 ORDER BY c.projectId OFFSET 2 LIMIT 3`,
      },
      expected: projectIds.slice(2, 5),
    },
    { asked: { query: `SELECT VALUE COUNT(1) ${TODOS}` }, expected: [total] },
    { asked: { query: `SELECT VALUE SUM(c.todoId) ${TODOS}` }, expected: [sum] },
    { asked: { query: `SELECT VALUE AVG(c.todoId) ${TODOS}` }, expected: [sum / total] },
    { asked: { query: `SELECT VALUE MIN(c.todoId) ${TODOS}` }, expected: [1] },
    { asked: { query: `SELECT VALUE MAX(c.todoId) ${TODOS}` }, expected: [todos] },
    {
      asked: {
        query: `SELECT COUNT(1) AS todos, MAX(c.todoId) AS newest, AVG(c.todoId) AS mean ${TODOS}`,
      },
      expected: [{ todos: total, newest: todos, mean: sum / total }],
    },
    {
      asked: { query: `SELECT DISTINCT VALUE c.projectId ${TODOS} ORDER BY c.projectId` },
      expected: projectIds,
    },
    {
      asked: {
        query: `SELECT DISTINCT VALUE c.type FROM c WHERE c.type != "counter" ORDER BY c.type`,
      },
      expected: ["request", "todo"],
    },
  ];
};

/** The same, where the order of the results is left to the server. */
export const unorderedQueries = (projects: number, todos: number): readonly Query[] => [
  {
    asked: {
      query: `SELECT c.projectId, COUNT(1) AS todos, MAX(c.todoId) AS newest ${TODOS} GROUP BY c.projectId`,
    },
    expected: upTo(projects).map((projectId) => ({ projectId, todos, newest: todos })),
  },
  {
    asked: { query: `SELECT VALUE c.todoId ${TODOS}`, pageSize: 4, isResumed: true },
    expected: upTo(projects).flatMap(() => upTo(todos)),
  },
  {
    asked: {
      query: "SELECT VALUE status FROM c JOIN (SELECT VALUE c.status) AS status WHERE c.id = @id",
      parameters: { "@id": "r3-1" },
    },
    expected: ["done"],
  },
  {
    asked: {
      query: `SELECT c.todoId, SUM(c.projectId) AS projects ${TODOS} AND c.title LIKE "%4 f_r%" GROUP BY c.todoId`,
    },
    expected: [{ todoId: 5, projects: (projects * (projects + 1)) / 2 }],
  },
  {
    asked: { query: `SELECT VALUE COUNT(1) ${TODOS} GROUP BY c.projectId` },
    expected: upTo(projects).map(() => todos),
  },
  {
    asked: { query: "SELECT DISTINCT c.type, c.status FROM c" },
    expected: [{ type: "counter" }, { type: "request", status: "done" }, { type: "todo" }],
  },
  {
    asked: { query: "SELECT DISTINCT VALUE c.projectId FROM c", pageSize: 3 },
    expected: upTo(projects),
  },
];

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, n) => n + 1);
