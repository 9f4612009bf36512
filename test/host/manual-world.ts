import type { World } from "../../client/world.ts";

/** A world whose clock jumps to the next timer as soon as everybody sleeps. */
export const manualWorld = (startMs: number): World & { readonly sleptMs: number[] } => {
  let nowMs = startMs;
  const sleptMs: number[] = [];
  return {
    sleptMs,
    now: () => nowMs,
    random: () => 0.5,
    uuid: () => "00000000-0000-4000-8000-000000000000",
    sleep: async (milliseconds) => {
      sleptMs.push(milliseconds);
      nowMs += milliseconds;
    },
  };
};
