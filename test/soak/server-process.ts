import { startCosmosServer } from "../../local/cosmos/server.ts";
import { runPart } from "./run-part.ts";

/** The embedded server, every commit fsynced. */
runPart(async ({ directory }: { readonly directory: string }) => {
  const { connectionString, close } = await startCosmosServer({ directory, port: 0 });
  return { facts: { connectionString }, close };
});
