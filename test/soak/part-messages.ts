import type { Phase } from "./phase.ts";

/** Running totals of a part, by name. */
export type Counts = Readonly<Record<string, number>>;

/**
 * What a process has used.
 *
 * units  cpuMs: time of processors since it started; rssBytes: resident memory; liveBytes: JavaScript objects and buffers that a full garbage
 *        collection left alone, absent where none was forced
 */
export type ProcessSample = {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly liveBytes?: number;
};

/** From the soak to a part. */
export type ToPart =
  | { readonly kind: "start"; readonly config: unknown }
  | { readonly kind: "enter"; readonly phase: Phase }
  | { readonly kind: "stop" };

/** From a part to the soak. */
export type FromPart =
  | { readonly kind: "ready"; readonly facts: unknown }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "report"; readonly sample: ProcessSample; readonly counts: Counts }
  | { readonly kind: "note"; readonly line: string }
  | { readonly kind: "result"; readonly result: unknown };
