import type { Container } from "@azure/cosmos";
import type { HttpRequest } from "@azure/functions";
import { Todo } from "../../domain/todo.ts";
import { projectIdIn, Refusal, type Route } from "./replies.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * GET /api/projects/{projectId}/todos: lists the todos of a project by number.
 *
 * shape   ?limit and ?continuation; `next` is the address of the next page, absent on the last one
 * source  numbers have no holes (I2), so the last number of a page is a continuation that no change
 *         in between can spoil
 */
export const listTodos =
  (container: Container): Route =>
  async (request) => {
    const projectId = projectIdIn(request);
    const limit = integerIn(request, "limit", { least: 1, most: MAX_LIMIT }) ?? DEFAULT_LIMIT;
    const last = { least: 0, most: Number.MAX_SAFE_INTEGER };
    const after = integerIn(request, "continuation", last) ?? 0;
    const { resources } = await container.items
      .query(
        {
          query: `SELECT TOP @limit * FROM c WHERE c.type = "todo" AND c.projectId = @projectId
            AND c.todoId > @after ORDER BY c.todoId`,
          parameters: [
            { name: "@limit", value: limit + 1 },
            { name: "@projectId", value: projectId },
            { name: "@after", value: after },
          ],
        },
        { partitionKey: projectId },
      )
      .fetchAll();
    const todos = resources.filter(Todo.is);
    const page = todos.slice(0, limit);
    return {
      status: 200,
      jsonBody: {
        projectId,
        todos: page.map(({ todoId, title, requestId }) => ({ todoId, title, requestId })),
        ...(todos.length > limit && nextPage(projectId, limit, page.at(-1))),
      },
    };
  };

const nextPage = (projectId: number, limit: number, last: Todo | undefined): object => {
  const continuation = String(last?.todoId);
  const next = `/api/projects/${projectId}/todos?limit=${limit}&continuation=${continuation}`;
  return { continuation, next };
};

type Range = { readonly least: number; readonly most: number };

const integerIn = (
  request: HttpRequest,
  name: string,
  { least, most }: Range,
): number | undefined => {
  const text = request.query.get(name);
  if (text === null) return undefined;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Refusal(400, `${name} in the query must be an integer from ${least} to ${most}.`);
};
