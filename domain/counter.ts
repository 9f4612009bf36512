import * as t from "io-ts";
import { integerFrom } from "./codec.ts";
import { ProjectId } from "./project-id.ts";

/** The number of a project's newest todo. */
export const Counter = t.strict({
  id: t.string,
  projectId: ProjectId,
  type: t.literal("counter"),
  lastId: integerFrom(0),
});
export type Counter = t.TypeOf<typeof Counter>;

export const COUNTER_ID = "counter";
