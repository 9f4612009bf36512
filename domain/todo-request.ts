import * as t from "io-ts";
import { codecOf } from "./codec.ts";
import { ProjectId } from "./project-id.ts";
import { utf8Bytes } from "./utf8-bytes.ts";

/**
 * The longest title, in UTF-16 code units.
 *
 * source  Our choice. A title is a line, not a document: its 12,288 bytes of UTF-8 at most keep a
 *         todo far from the 2 MB of one item, and a hundred of them below 2 MB together.
 */
export const MAX_TITLE_LENGTH = 4096;

/**
 * The longest request id, in bytes of UTF-8.
 *
 * source  Cosmos DB ends ids at 1,023 bytes (255 in older limits pages); the id of the todo is
 *         made of this one and up to 30 bytes more.
 */
export const MAX_REQUEST_ID_BYTES = 255;

export const Title = codecOf(
  `a text of 1 to ${MAX_TITLE_LENGTH} characters, not all of them spaces`,
  (value): value is string =>
    typeof value === "string" && value.trim() !== "" && value.length <= MAX_TITLE_LENGTH,
);

const RequestId = codecOf(
  `a text of 1 to ${MAX_REQUEST_ID_BYTES} bytes`,
  (value): value is string =>
    typeof value === "string" && value !== "" && utf8Bytes(value) <= MAX_REQUEST_ID_BYTES,
);

/** A request that can become a todo. Whatever else its document carries is not our matter. */
export const TodoRequest = t.strict({
  id: RequestId,
  projectId: ProjectId,
  type: t.literal("request"),
  title: Title,
});
export type TodoRequest = t.TypeOf<typeof TodoRequest>;
