import type { HttpRequest } from "@azure/functions";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { Submitter } from "../../client/submit.ts";
import { describeErrors } from "../../domain/describe-errors.ts";
import { projectIdIn, Refusal, type Route } from "./replies.ts";

/** A title has 4,096 characters at most; this leaves room for any way to escape them. */
const MAX_BODY_CHARACTERS = 65_536;

/**
 * POST /api/projects/{projectId}/requests: submits a request.
 *
 * shape   body { title, id? }; 202 also for the same request again; 409 if its id is taken by
 *         something else; 400 with reasons for what can never become a todo
 */
export const submitRequest =
  (submitter: Pick<Submitter, "submit">): Route =>
  async (request) => {
    const projectId = projectIdIn(request);
    const { title, id } = await readBody(request);
    const submission = await submitter.submit({
      projectId,
      title,
      ...(id !== undefined && { id }),
    });
    switch (submission.kind) {
      case "accepted":
      case "already-accepted":
        return accepted(projectId, submission.id);
      case "conflicting":
        throw new Refusal(
          409,
          `The id "${submission.id}" is taken in project ${projectId}; submit the request under a new id.`,
        );
      case "invalid":
        throw new Refusal(400, "The request can never become a todo.", submission.reasons);
    }
  };

const accepted = (projectId: number, id: string) => {
  const self = `/api/projects/${projectId}/requests/${encodeURIComponent(id)}`;
  return {
    status: 202,
    headers: { Location: self },
    jsonBody: { id, projectId, links: { self, todos: `/api/projects/${projectId}/todos` } },
  };
};

const Body = t.intersection([t.type({ title: t.string }), t.partial({ id: t.string })]);

const readBody = async (request: HttpRequest): Promise<t.TypeOf<typeof Body>> => {
  const text = await request.text();
  if (text.length > MAX_BODY_CHARACTERS) {
    throw new Refusal(413, `The body has more than ${MAX_BODY_CHARACTERS} characters; shorten it.`);
  }
  const body = Body.decode(parse(text));
  if (E.isRight(body)) return body.right;
  throw new Refusal(
    400,
    'The body is not { "title": text, "id"?: text }.',
    describeErrors(body.left),
  );
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'The body is not JSON; send { "title": "…" }.');
  }
};
