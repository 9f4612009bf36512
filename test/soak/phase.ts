/**
 * What a soak goes through.
 *
 * fill     each quiet project gets its first todo, and the compilers warm up
 * alone    quiet projects only: what they are compared with
 * hot      the same, and one hot project that takes what it can get
 * after    the hot project is silent again: lag has to go
 * settle   nothing is submitted any more
 */
export const PHASES = ["fill", "alone", "hot", "after", "settle"] as const;
export type Phase = (typeof PHASES)[number];

/** Who submitted: one of the many quiet projects, or the hot one. */
export type Traffic = "quiet" | "hot";

/** The hot project; quiet ones have the numbers from 1. */
export const HOT_PROJECT = 1_000_000_007;
