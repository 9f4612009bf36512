import * as t from "io-ts";
import { integerFrom } from "./codec.ts";
import { ProjectId } from "./project-id.ts";

/** A todo as it stands in the container: nothing in it tells when or by whom it was made. */
export const Todo = t.strict({
  id: t.string,
  projectId: ProjectId,
  type: t.literal("todo"),
  todoId: integerFrom(1),
  title: t.string,
  requestId: t.string,
});
export type Todo = t.TypeOf<typeof Todo>;

/** The id of a request's todo. One request has one such id: the container's uniqueness is I3. */
export const todoDocumentId = (requestId: string): string => `todo:${requestId}`;

/** All ids that a request's todo may have: the next one where a stray document holds the one before. */
export const todoDocumentIds = (requestId: string): readonly string[] => {
  const id = todoDocumentId(requestId);
  return [id, `${id}@1`, `${id}@2`];
};
