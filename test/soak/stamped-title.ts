import { PHASES, type Phase, type Traffic } from "./phase.ts";

/** What a title tells whoever sees the todo: the subscriber need not know any request. */
export type Stamp = {
  readonly traffic: Traffic;
  readonly phase: Phase;
  /** Milliseconds since 1970. */
  readonly submittedAtMs: number;
};

/** Writes a stamp as a title. */
export const stampedTitle = ({ traffic, phase, submittedAtMs }: Stamp): string =>
  `Buy milk, ${traffic} ${phase} ${submittedAtMs}`;

/** Reads the stamp out of a title; undefined if it has none. */
export const stampIn = (title: string): Stamp | undefined => {
  const [, traffic, phaseName, atMs] = /^Buy milk, (quiet|hot) ([a-z]+) (\d+)$/.exec(title) ?? [];
  const phase = PHASES.find((name) => name === phaseName);
  if ((traffic !== "quiet" && traffic !== "hot") || phase === undefined) return undefined;
  return { traffic, phase, submittedAtMs: Number(atMs) };
};
