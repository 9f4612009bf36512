import { once } from "node:events";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { type Command, portOf } from "../command.ts";
import { EXIT } from "../user-error.ts";

/** Where data is kept unless --data says otherwise: in the folder that the command runs in. */
export const DEFAULT_DATA_FOLDER = ".data";

/** The port of Microsoft's emulator. */
export const DEFAULT_COSMOS_PORT = 8081;

/** `cosmos`: the embedded server alone, for anything that speaks to Cosmos DB. */
export const cosmos: Command = {
  summary: "Run the embedded Cosmos DB server alone",
  options: {
    port: { value: "PORT", help: `Port on 127.0.0.1; 0 takes a free one (${DEFAULT_COSMOS_PORT})` },
    data: { value: "DIR", help: `Folder that keeps everything (${DEFAULT_DATA_FOLDER})` },
    memory: { help: "Keep everything in memory; it ends with the server" },
  },
  examples: ["npm run cosmos -- --port 8081 --data ./my-data"],
  run: async (given, output) => {
    const directory = given.isSet("memory")
      ? undefined
      : (given.text("data") ?? DEFAULT_DATA_FOLDER);
    const port = portOf(given, "port", DEFAULT_COSMOS_PORT);
    const server = await startCosmosServer({ port, ...(directory ? { directory } : {}) });
    const { endpoint, key, connectionString } = server;
    const data = directory ?? null;
    output.emit({ event: "started", endpoint, key, connectionString, data, pid: process.pid });
    output.say(`Cosmos DB   ${endpoint}`);
    output.say(`connection  ${connectionString}`);
    output.say(`data        ${directory ?? "in memory"}`);
    output.say("Stop it with Ctrl-C.");
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await server.close();
    return EXIT.ok;
  },
};
