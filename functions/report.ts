import type { InvocationContext } from "@azure/functions";
import type { Drained } from "./drain-project.ts";

/** The part of the invocation's context that writes the log. */
export type Log = Pick<InvocationContext, "log" | "warn" | "error">;

/**
 * Logs what draining came to: one line for all projects, one loud line for each that failed.
 *
 * shape   `name=value`, so that a query over the log can count
 */
export const report = (log: Log, drained: readonly Drained[]): void => {
  const done = sum(drained.map((project) => project.done));
  const rejected = sum(drained.map((project) => project.rejected));
  const failed = drained.filter((outcome) => outcome.kind === "failed");
  const unfinished = drained.filter((outcome) => outcome.kind === "drained" && outcome.more);
  log.log(
    `drained projects=${drained.length} done=${done} rejected=${rejected} failed=${failed.length} unfinished=${unfinished.length}`,
  );
  for (const { project, concerns, message } of failed) {
    log.error(`not drained project=${project.key} concerns=${concerns} reason=${message}`);
  }
};

/**
 * Throws if something stopped that concerns every project, so that the host delivers the batch
 * again. What concerns one project must not hold the others; the sweep comes back to it.
 */
export const throwWhatConcernsEverybody = (drained: readonly Drained[]): void => {
  const first = drained.find(
    (outcome) => outcome.kind === "failed" && outcome.concerns === "everybody",
  );
  if (first?.kind === "failed") {
    throw new Error(`Requests cannot be processed: ${first.message}`);
  }
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
