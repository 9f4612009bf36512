import { startFunctionHost } from "../../local/host/function-host.ts";
import type { FunctionsConfig, FunctionsFacts } from "./messages.ts";
import { runChild } from "./run-child.ts";

/** The function host as a process of its own: what the app throws outside of functions ends it. */
runChild<FunctionsConfig, FunctionsFacts>(async (config) => {
  const host = await startFunctionHost(config);
  const functions = host.functions.map(({ name }) => name);
  return { facts: { url: host.url, functions }, close: host.close };
});
