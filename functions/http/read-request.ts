import type { Container } from "@azure/cosmos";
import { explain } from "../../domain/rejection.ts";
import { RequestDocument, RequestEnd } from "../../domain/request-document.ts";
import { projectIdIn, Refusal, type Route } from "./replies.ts";

/**
 * GET /api/projects/{projectId}/requests/{id}: tells how a request stands.
 *
 * shape   status pending, done with its todoId, or rejected with a reason and what to do about it
 */
export const readRequest =
  (container: Container): Route =>
  async (request) => {
    const projectId = projectIdIn(request);
    const id = request.params.id ?? "";
    const document = isReadable(id) && (await container.item(id, projectId).read()).resource;
    if (!RequestDocument.is(document)) {
      throw new Refusal(404, `Project ${projectId} has no request with this id.`);
    }
    const { title } = document as { readonly title?: unknown };
    return { status: 200, jsonBody: { id, projectId, title, ...stateOf(document) } };
  };

const stateOf = (document: RequestDocument): object => {
  if (!RequestEnd.is(document)) return { status: "pending" };
  if (document.status === "done") return { status: document.status, todoId: document.todoId };
  const { status, reason } = document;
  return { status, reason, explanation: explain(reason) };
};

/** Cosmos DB has no ids with these characters, and the SDK throws for them. */
const isReadable = (id: string): boolean => id !== "" && !/[/\\#?]/.test(id);
