import { startCosmosServer } from "../../local/cosmos/server.ts";
import type { ServerConfig, ServerFacts } from "./messages.ts";
import { runChild } from "./run-child.ts";

/** The embedded server as a process of its own. */
runChild<ServerConfig, ServerFacts>(async (config) => {
  const { endpoint, key, connectionString, close } = await startCosmosServer(config);
  return { facts: { endpoint, key, connectionString }, close };
});
