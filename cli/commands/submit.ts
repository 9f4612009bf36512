import type { Submission } from "../../client/submission.ts";
import { createSubmitter } from "../../client/submit.ts";
import { type Command, projectIdOf, usageError } from "../command.ts";
import { withAccount } from "../connect-to-account.ts";
import type { Output } from "../output.ts";
import { checkRequestsFile } from "../requests-file.ts";
import { submitFile } from "../submit-file.ts";
import { EXIT, type ExitCode } from "../user-error.ts";

/** `submit`: one request, or a file of them, to whatever COSMOS names. */
export const submit: Command = {
  summary: "Submit requests to create todos",
  positionals: "[TITLE…]",
  options: {
    project: { value: "NUMBER", help: "The project of the titles that follow" },
    id: { value: "ID", help: "The request's id; the same id and title again adds nothing" },
    file: {
      value: "FILE",
      help: 'Requests as lines of JSON: {"projectId": 42, "title": "…", "id"?: "…"}',
    },
  },
  examples: [
    'npm run submit -- --project 42 "Buy milk"',
    "npm run submit -- --file requests.ndjson",
  ],
  run: async (given, output) => {
    const { positionals: titles } = given;
    const file = given.text("file");
    const id = given.text("id");
    if (file !== undefined) {
      if (titles.length > 0 || id !== undefined || given.text("project") !== undefined) {
        throw usageError("--file goes alone; the file says project, title and id");
      }
      return submitWholeFile(file, output);
    }
    const projectId = projectIdOf(given);
    if (titles.length === 0) throw usageError("There is no title; give one, in quotes");
    if (id !== undefined && titles.length > 1) throw usageError("--id goes with one title only");
    const submissions = await withAccount(async ({ items }) => {
      const submitter = createSubmitter(items);
      const requests = titles.map((title) => ({ projectId, title, ...(id ? { id } : {}) }));
      return Promise.all(requests.map(submitter.submit));
    });
    for (const each of submissions) report(each, output);
    return submissions.every(isAccepted) ? EXIT.ok : EXIT.failure;
  },
};

const isAccepted = ({ kind }: Submission): boolean =>
  kind === "accepted" || kind === "already-accepted";

const report = (submission: Submission, output: Output): void => {
  output.emit({ event: "submitted", ...submission });
  output.say(describeSubmission(submission));
};

const describeSubmission = (submission: Submission): string => {
  const { id, projectId } = submission;
  switch (submission.kind) {
    case "accepted":
      return `accepted as ${id} in project ${projectId}`;
    case "already-accepted":
      return `${id} was accepted before in project ${projectId}: nothing to do`;
    case "conflicting":
      return `${id} is taken by something else in project ${projectId}; submit it under a new id`;
    case "invalid":
      return `not sent: ${submission.reasons.join(" ")}`;
  }
};

const submitWholeFile = async (file: string, output: Output): Promise<ExitCode> => {
  const { requests: total } = await checkRequestsFile(file);
  const result = await withAccount(({ items }) => submitFile(items, { file, total, output }));
  output.emit({ event: "submitted", file, ...result });
  const { accepted, alreadyAccepted, notTaken, notTakenCount } = result;
  output.say(
    `${accepted} accepted, ${alreadyAccepted} accepted before, ${notTakenCount} not taken`,
  );
  for (const { line, why } of notTaken) output.say(`line ${line}: ${why}`);
  return notTakenCount === 0 ? EXIT.ok : EXIT.failure;
};
