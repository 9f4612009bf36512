import type { Container } from "@azure/cosmos";
import * as E from "fp-ts/lib/Either.js";
import { prepareRequest, type Submission, type SubmitRequest } from "../client/submission.ts";
import { createSubmitter } from "../client/submit.ts";
import { createLimiter } from "./at-most.ts";
import { type Insertion, insertAsItIs } from "./insert-as-it-is.ts";
import type { Output } from "./output.ts";
import { type RequestInFile, readRequestsFile } from "./requests-file.ts";

export type SubmitFileOptions = {
  readonly file: string;
  readonly total: number;
  readonly output: Output;
};

/** What became of a file: how many Cosmos DB took, and the first `MAX_LISTED` lines that it did not. */
export type SubmitFileResult = {
  readonly accepted: number;
  readonly alreadyAccepted: number;
  readonly notTakenCount: number;
  readonly notTaken: readonly { readonly line: number; readonly why: string }[];
};

export const MAX_LISTED = 1_000;

/** Bad requests on their way at the same time. */
const MAX_BAD_AT_ONCE = 8;

/**
 * Submits the requests of a file.
 *
 * shape   requests of one project are created in the order of the file. What can never become a todo is
 *         inserted as it is, because the pipeline has the last word: it rejects them with a reason
 * errors  those of the submitter, once Cosmos DB stays away
 */
export const submitFile = async (
  container: Container,
  { file, total, output }: SubmitFileOptions,
): Promise<SubmitFileResult> => {
  const submitter = createSubmitter(container);
  const bad = createLimiter(MAX_BAD_AT_ONCE);
  const tally = createTally((done) =>
    output.progress({ label: "requests submitted", done, total }),
  );
  const lines = new Map<string, number>();
  const goodRequests = async function* () {
    for await (const { line, document } of readRequestsFile(file)) {
      if (isGood(document)) {
        lines.set(keyOf(document), line);
        yield document;
      } else {
        await bad.start(async () => tally.add(await insertAsItIs(container, document), line));
      }
    }
  };
  await submitter.submitMany(goodRequests(), {
    onSubmission: (submission) => {
      const key = keyOf(submission);
      tally.add(insertionOf(submission), lines.get(key) ?? 0);
      lines.delete(key);
    },
  });
  await bad.idle();
  await submitter.close();
  return tally.result();
};

const isGood = (document: RequestInFile): document is SubmitRequest & { readonly id: string } =>
  E.isRight(prepareRequest(document as SubmitRequest, () => ""));

const keyOf = ({ projectId, id }: { readonly projectId: number; readonly id: string }): string =>
  `${projectId} ${id}`;

const insertionOf = (submission: Submission): Insertion => {
  switch (submission.kind) {
    case "accepted":
    case "already-accepted":
      return submission;
    case "conflicting":
      return {
        kind: "refused",
        why: `the id ${submission.id} is taken by something else in project ${submission.projectId}; give it another`,
      };
    case "invalid":
      return { kind: "refused", why: submission.reasons.join(" ") };
  }
};

const createTally = (onProgress: (done: number) => void) => {
  const notTaken: { readonly line: number; readonly why: string }[] = [];
  let accepted = 0;
  let alreadyAccepted = 0;
  let notTakenCount = 0;
  return {
    add: (insertion: Insertion, line: number): void => {
      if (insertion.kind === "accepted") accepted += 1;
      else if (insertion.kind === "already-accepted") alreadyAccepted += 1;
      else {
        notTakenCount += 1;
        if (notTaken.length < MAX_LISTED) notTaken.push({ line, why: insertion.why });
      }
      onProgress(accepted + alreadyAccepted + notTakenCount);
    },
    result: (): SubmitFileResult => ({ accepted, alreadyAccepted, notTakenCount, notTaken }),
  };
};
