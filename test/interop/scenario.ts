import { throwIfCrashed } from "./line-program.ts";

/** One thing that is shown; it throws what contradicts it. */
export type Scenario = {
  /** A fact in domain words. */
  readonly title: string;
  /** Says what is going on, for those who wait. */
  readonly run: (progress: (text: string) => void) => Promise<Figures>;
};

/** What a scenario measured, by name, units in the name. */
export type Figures = Readonly<Record<string, number>>;

/** Throws one error that lists the first of the contradictions, if there are any. */
export const refute = (what: string, contradictions: readonly string[]): void => {
  if (contradictions.length === 0) return;
  const shown = contradictions.slice(0, MAX_SHOWN).map((text) => `\n    ${text}`);
  throw new Error(`${what}: ${contradictions.length} contradictions${shown.join("")}`);
};

/** Waits until a condition holds, asking again and again. */
export const until = async (
  what: string,
  limitMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> => {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    throwIfCrashed();
    if (performance.now() > end) throw new Error(`Waited ${limitMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

const MAX_SHOWN = 8;
const POLL_MS = 50;
