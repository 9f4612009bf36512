import { CLIENT_MUTATIONS } from "./client-mutations.ts";
import { DRAIN_MUTATIONS } from "./drain-mutations.ts";
import type { Mutation } from "./mutation.ts";
import { PIPELINE_MUTATIONS } from "./pipeline-mutations.ts";

/** All deliberate bugs. */
export const MUTATIONS: readonly Mutation[] = [
  ...DRAIN_MUTATIONS,
  ...PIPELINE_MUTATIONS,
  ...CLIENT_MUTATIONS,
];

/** Puts the bug into the text of its file; throws if the place is not there exactly once. */
export const mutate = ({ name, file, find, replace }: Mutation, source: string): string => {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  const count = parts.length - 1;
  throw new Error(`"${name}": its text stands ${count} times in ${file}; mend the mutation`);
};
