import type { Container } from "@azure/cosmos";
import { MAX_LONG_POLL_SECONDS } from "../../client/connect.ts";
import { subscribe } from "../../client/subscribe.ts";
import { Todo } from "../../domain/todo.ts";
import { type Command, projectIdOf } from "../command.ts";
import { withAccount } from "../connect-to-account.ts";
import type { Output } from "../output.ts";
import { EXIT } from "../user-error.ts";

/** `todos`: the todos of a project, in order of their numbers. */
export const todos: Command = {
  summary: "List a project's todos, or follow them",
  options: {
    project: { value: "NUMBER", help: "The project" },
    follow: { help: "Go on with new todos until interrupted" },
  },
  examples: ["npm run todos -- --project 42", "npm run todos -- --project 42 --follow --json"],
  run: async (given, output) => {
    const projectId = projectIdOf(given);
    if (given.isSet("follow")) {
      await withAccount(({ items }) => follow(items, projectId, output), MAX_LONG_POLL_SECONDS);
    } else await withAccount(({ items }) => list(items, projectId, output));
    return EXIT.ok;
  },
};

const list = async (items: Container, projectId: number, output: Output): Promise<void> => {
  const query = 'SELECT * FROM c WHERE c.type = "todo" ORDER BY c.todoId';
  const pages = items.items.query<unknown>(query, { partitionKey: projectId });
  let count = 0;
  for await (const { resources } of pages.getAsyncIterator()) {
    for (const todo of resources.filter(Todo.is)) show(todo, output);
    count += resources.length;
  }
  if (count === 0) output.say(`Project ${projectId} has no todos.`);
};

const follow = async (items: Container, projectId: number, output: Output): Promise<void> => {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const { signal } = interrupted;
  const onRetry = (): void => output.note("Cosmos DB does not answer, trying again");
  for await (const { todo } of subscribe(items, { projectId, signal, pollDelayMs: 200, onRetry })) {
    show(todo, output);
  }
};

const show = ({ projectId, todoId, title, requestId }: Todo, output: Output): void => {
  output.say(`${String(todoId).padStart(5)}  ${title}`);
  output.emit({ event: "todo", projectId, todoId, title, requestId });
};
