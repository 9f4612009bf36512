import * as t from "io-ts";
import { MAX_REQUEST_ID_BYTES, MAX_TITLE_LENGTH } from "./todo-request.ts";

/** The closed list of reasons to reject a request, each with what its sender can do about it. */
export const rejections = {
  "project-id-invalid": "The projectId must be a positive integer (a number, not a text).",
  "id-too-long": `The id is longer than ${MAX_REQUEST_ID_BYTES} bytes; send a shorter one.`,
  "id-reused": "This id was used before for something else; send the request under a new id.",
  "title-missing": "The request has no title; send one.",
  "title-not-text": "The title must be a text.",
  "title-empty": "The title is empty; send at least one character that is not a space.",
  "title-too-long": `The title is longer than ${MAX_TITLE_LENGTH} characters; shorten it.`,
  "todo-too-large": "Cosmos DB takes no todo of this size; shorten the title.",
  "domain-error": "The rule that makes todos failed on this request; report it with the id.",
} as const;

export const Reason = t.keyof(rejections);
export type Reason = t.TypeOf<typeof Reason>;

/** Says in one sentence why a request was rejected and what to do next. */
export const explain = (reason: Reason): string => rejections[reason];
