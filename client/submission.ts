import * as E from "fp-ts/lib/Either.js";
import { explain } from "../domain/rejection.ts";
import { decodeRequest } from "../domain/request-document.ts";
import type { TodoRequest } from "../domain/todo-request.ts";

/** What a caller asks for. Without an id, one is made before the first attempt. */
export type SubmitRequest = {
  readonly projectId: number;
  readonly title: string;
  readonly id?: string;
};

/**
 * What became of a request.
 *
 * accepted          Cosmos DB keeps it; it ends as done or rejected (I1)
 * already-accepted  the same id with the same title was there before, perhaps from an attempt whose
 *                   answer got lost: nothing more to do
 * conflicting       the id is taken by something else in this project: submit it under a new id
 * invalid           it can never become a todo, and was not sent
 */
export type Submission =
  | { readonly kind: "accepted"; readonly id: string; readonly projectId: number }
  | { readonly kind: "already-accepted"; readonly id: string; readonly projectId: number }
  | { readonly kind: "conflicting"; readonly id: string; readonly projectId: number }
  | {
      readonly kind: "invalid";
      readonly id: string;
      readonly projectId: number;
      readonly reasons: readonly string[];
    };

/**
 * Says that a submit gave up, or that the deployment is wrong.
 *
 * errors  effect "none": Cosmos DB has not got the request. "unknown": it may have; submitting
 *         again with the same `id` is safe in both cases, and with another id it may become two
 *         todos
 */
export class SubmitError extends Error {
  override readonly name = "SubmitError";
  readonly id: string;
  readonly projectId: number;
  readonly effect: "none" | "unknown";

  constructor(message: string, request: TodoRequest, details: SubmitErrorDetails) {
    super(message, { cause: details.cause });
    this.id = request.id;
    this.projectId = request.projectId;
    this.effect = details.effect;
  }
}

type SubmitErrorDetails = { readonly effect: "none" | "unknown"; readonly cause: unknown };

/**
 * Checks a request by the domain's rules, so that none is sent that must be rejected.
 *
 * shape   right: the document to create; left: the submission that says why not
 */
export const prepareRequest = (
  { projectId, title, id }: SubmitRequest,
  newId: () => string,
): E.Either<Submission, TodoRequest> => {
  const document = { id: id ?? newId(), type: "request" as const, projectId, title };
  const reasons = [...idProblems(document.id)];
  const decoded = decodeRequest(document);
  if (E.isLeft(decoded)) reasons.push(explain(decoded.left));
  if (E.isRight(decoded) && reasons.length === 0) return decoded;
  return E.left({ kind: "invalid", id: document.id, projectId, reasons });
};

// Cosmos DB refuses such ids, and the SDK puts them into the address (error text of the SDK 4.9).
const idProblems = (id: string): readonly string[] => {
  if (typeof id !== "string" || id === "") return ["The id is empty; leave it out to get one."];
  return /[/\\#?]/.test(id) ? ["The id contains one of / \\ # ?; send another."] : [];
};
