import * as E from "fp-ts/lib/Either.js";
import type { Submission, SubmitError } from "../../client/submission.ts";
import { decodeRequest, type RequestDocument } from "../../domain/request-document.ts";
import { isPending, Violation } from "./documents.ts";
import type { Safety } from "./safety.ts";

/** What the world's clients were promised. */
export type Ledger = {
  readonly onSubmission: (asked: Asked, submission: Submission) => void;
  readonly onSubmitError: (asked: Asked, error: SubmitError) => void;
  /** A document that was written without the submitter was acknowledged. */
  readonly onAcknowledged: (pk: string, id: string) => void;
  readonly acknowledged: () => number;
  /** Every promise was kept: to be called when nothing is pending any more. */
  readonly checkEnds: () => void;
};

export type Asked = {
  readonly projectId: number;
  readonly id: string;
  readonly title: string;
  /** Nobody else asks for this id, and this is asked only once. */
  readonly isOnly: boolean;
  /** Somebody may write over it. */
  readonly isReplaced: boolean;
};

/** Makes the ledger. */
export const createLedger = (safety: Safety): Ledger => {
  const promised = new Map<string, { readonly pk: string; readonly id: string }>();
  const denied: Asked[] = [];
  const find = (pk: string, id: string) => safety.project(pk).documents.get(id);
  const promise = (pk: string, id: string): void => {
    promised.set(`${pk}\n${id}`, { pk, id });
    if (safety.isDeleted(pk, id)) return;
    if (!find(pk, id))
      throw new Violation(`project ${pk}: ${id} was acknowledged and is not there`);
  };
  return {
    onAcknowledged: promise,
    acknowledged: () => promised.size,
    onSubmission: ({ projectId, id, title, isReplaced }, { kind }) => {
      const pk = `[${projectId}]`;
      if (kind === "invalid") throw new Violation(`request ${id} was called invalid`);
      if (kind === "conflicting") {
        if (!find(pk, id) && !safety.isDeleted(pk, id)) {
          throw new Violation(`request ${id} was called conflicting and is not there`);
        }
        return;
      }
      promise(pk, id);
      // An answer may be late: whoever deleted the request meanwhile freed its id for another.
      if (isReplaced || safety.isDeleted(pk, id)) return;
      const kept = find(pk, id)?.body.title;
      if (kept !== undefined && kept !== title) {
        throw new Violation(`request ${id} was ${kind} as "${title}" and is "${kept}"`);
      }
    },
    onSubmitError: (asked, { effect }) => {
      if (asked.isOnly && effect === "none") denied.push(asked);
    },
    checkEnds: () => {
      for (const { projectId, id } of denied) {
        if (find(`[${projectId}]`, id)) {
          throw new Violation(`request ${id} is there, and its sender was told that it is not`);
        }
      }
      for (const { pk, id } of promised.values()) {
        const found = find(pk, id);
        if (!found && !safety.isDeleted(pk, id)) {
          throw new Violation(`project ${pk}: ${id} was acknowledged and vanished`);
        }
        if (found && isPending(found)) throw new Violation(`project ${pk}: ${id} never ended`);
      }
      for (const project of safety.projects.values()) checkReasons(project);
    },
  };
};

/** What can become a todo is one, and what cannot was rejected for its reason. */
const checkReasons = ({ pk, documents, todos }: ReturnType<Safety["project"]>): void => {
  for (const [id, { body }] of documents) {
    if (body.type !== "request" || (body.status !== "done" && body.status !== "rejected")) continue;
    const decoded = decodeRequest(body as unknown as RequestDocument);
    const todo = todos.find(({ requestId }) => requestId === id);
    const isReused = todo && (JSON.parse(todo.text) as { title: unknown }).title !== body.title;
    const expected = E.isLeft(decoded) ? decoded.left : isReused ? "id-reused" : "done";
    const found = body.status === "done" ? "done" : body.reason;
    if (found !== expected) {
      throw new Violation(`project ${pk}: ${id} ended as ${found} instead of ${expected}`);
    }
  }
};
