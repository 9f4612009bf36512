import { startFunctionHost } from "../../local/host/function-host.ts";
import { runPart } from "./run-part.ts";

export type HostConfig = { readonly appDirectory: string; readonly connectionString: string };

/** A function host with the built app. */
runPart(async ({ appDirectory, connectionString }: HostConfig, note) => {
  const { url, close } = await startFunctionHost({
    appDirectory,
    settings: { COSMOS: connectionString },
    port: 0,
    logLevel: "warning",
    write: note,
  });
  return { facts: { url }, close };
});
