import { CosmosClient } from "@azure/cosmos";
import { startCosmosServer } from "../../local/cosmos/server.ts";

/** Reads the titles of each project's todos, in the order of their numbers, out of a data folder. */
export const readTodos = async (directory: string): Promise<ReadonlyMap<number, string[]>> => {
  const server = await startCosmosServer({ port: 0, directory });
  const client = new CosmosClient(server.connectionString);
  try {
    return await todosOf(client);
  } finally {
    client.dispose();
    await server.close();
  }
};

/** The same of a running server. */
export const todosOf = async (client: CosmosClient): Promise<ReadonlyMap<number, string[]>> => {
  const items = client.database("todos").container("items").items;
  const { resources } = await items.query('SELECT * FROM c WHERE c.type = "todo"').fetchAll();
  const projects = new Map<number, { todoId: number; title: string }[]>();
  for (const todo of resources) {
    projects.set(todo.projectId, [...(projects.get(todo.projectId) ?? []), todo]);
  }
  return new Map(
    [...projects]
      .sort(([one], [other]) => one - other)
      .map(([projectId, todos]) => [
        projectId,
        todos.sort((one, other) => one.todoId - other.todoId).map(({ title }) => title),
      ]),
  );
};
