import type { ForkOptions } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * How a child process is forked. It keeps compiled code where Node keeps it for all its programs, so
 * that one that is started again is ready in half the time.
 *
 * source  https://nodejs.org/api/module.html#module-compile-cache
 */
export const childForkOptions = (): Pick<ForkOptions, "execArgv" | "env"> => ({
  execArgv: ["--disable-warning=ExperimentalWarning"],
  env: { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), ...process.env },
});
