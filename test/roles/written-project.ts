import type { Container, OperationInput } from "@azure/cosmos";

/** Writes what a drain of two requests leaves, in one transaction as it does. */
export const writeProject = async (items: Container, projectId: number): Promise<void> => {
  const numbered = (todoId: number) => [
    { id: `r${todoId}`, projectId, type: "request", title: "t", status: "done", todoId },
    { id: `todo:r${todoId}`, projectId, type: "todo", todoId, title: "t", requestId: `r${todoId}` },
  ];
  const counter = { id: "counter", projectId, type: "counter", lastId: 2 };
  const operations = [...numbered(1), ...numbered(2), counter].map(
    (resourceBody): OperationInput => ({ operationType: "Create", resourceBody }),
  );
  const { code } = await items.items.batch(operations, projectId);
  if (code !== 200) throw new Error(`The project was not written (${code}).`);
};
