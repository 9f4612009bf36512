import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from "@azure/functions";
import { SubmitError } from "../../client/submission.ts";
import { ProjectId } from "../../domain/project-id.ts";
import { answerTo, describeFailure } from "../drain-answers.ts";

/** A handler of ours. It throws a Refusal for what the caller got wrong. */
export type Route = (request: HttpRequest) => Promise<HttpResponseInit>;

/** Says what the caller must change; becomes the reply. */
export class Refusal extends Error {
  readonly status: number;
  readonly reasons: readonly string[];

  constructor(status: number, message: string, reasons: readonly string[] = []) {
    super(message);
    this.status = status;
    this.reasons = reasons;
  }
}

/** Makes a handler for the Functions host: whatever a route throws becomes a reply. */
export const replying =
  (route: Route): HttpHandler =>
  async (request, context) => {
    try {
      return await route(request);
    } catch (error) {
      return replyTo(error, context);
    }
  };

/** Reads the project of the path. */
export const projectIdIn = (request: HttpRequest): ProjectId => {
  const text = request.params.projectId ?? "";
  const projectId = /^[0-9]+$/.test(text) ? Number(text) : undefined;
  if (ProjectId.is(projectId)) return projectId;
  throw new Refusal(400, "The project in the path is not a positive integer, such as 7.");
};

const replyTo = (error: unknown, context: InvocationContext): HttpResponseInit => {
  if (error instanceof Refusal) {
    const { status, message, reasons } = error;
    return { status, jsonBody: { error: message, ...(reasons.length > 0 && { reasons }) } };
  }
  context.error(`http failed reason=${describeFailure(error)}`);
  if (error instanceof SubmitError) return comeAgain(error.message);
  if (answerTo(error).attempts > 1) return comeAgain("Cosmos DB cannot answer now; try again.");
  return { status: 500, jsonBody: { error: "The service failed; its log says why." } };
};

const comeAgain = (message: string): HttpResponseInit => ({
  status: 503,
  headers: { "Retry-After": "5" },
  jsonBody: { error: message },
});
