import * as t from "io-ts";
import { integerFrom } from "./codec.ts";
import { ProjectId } from "./project-id.ts";

/**
 * The number of a project's newest todo, and whether any of its todos is displaced: a stray
 * document held its first id. Only then can a request have its todo while that id is free.
 */
export const Counter = t.exact(
  t.intersection([
    t.type({
      id: t.string,
      projectId: ProjectId,
      type: t.literal("counter"),
      lastId: integerFrom(0),
    }),
    t.partial({ displaced: t.literal(true) }),
  ]),
);
export type Counter = t.TypeOf<typeof Counter>;

export const COUNTER_ID = "counter";
