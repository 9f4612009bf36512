import type * as t from "io-ts";
import { integerFrom } from "./codec.ts";

/** The number of a project: its partition key value in the container. */
export const ProjectId = integerFrom(1);
export type ProjectId = t.TypeOf<typeof ProjectId>;
