/**
 * A deliberate bug: a change of one place of the sources.
 *
 * shape   find stands exactly once in the file. tests: the suites that may kill it if the
 *         simulation cannot see it, since something else heals what it breaks
 */
export type Mutation = {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests?: readonly string[];
};
