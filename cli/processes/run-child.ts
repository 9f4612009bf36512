import { flushCompileCache } from "node:module";
import type { FromChild, ToChild } from "./messages.ts";

/** What runs inside a child process. */
export type ChildTask<Config, Facts> = (
  config: Config,
) => Promise<{ readonly facts: Facts; readonly close: () => Promise<void> }>;

/**
 * Makes this process the child of a supervisor: starts when told to, ends when told to.
 *
 * shape   it also ends when the parent is gone, however that died, so that no port stays taken
 */
export const runChild = <Config, Facts>(task: ChildTask<Config, Facts>): void => {
  let close = async (): Promise<void> => undefined;
  const tell = (message: FromChild): void => void process.send?.(message);
  const start = async (config: Config): Promise<void> => {
    try {
      const running = await task(config);
      close = running.close;
      tell({ kind: "ready", facts: running.facts });
      // Node writes it at an orderly end, and kill -9 is none.
      flushCompileCache();
    } catch (error) {
      tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  };
  process.on("message", (message: ToChild) => {
    if (message.kind === "start") void start(message.config as Config);
    else void close().finally(() => process.exit(0));
  });
  process.on("disconnect", () => process.exit(1));
  // Ctrl-C reaches the whole group; the parent decides in which order we end.
  process.on("SIGINT", () => undefined);
};
