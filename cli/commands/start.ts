import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, type Given, portOf, usageError } from "../command.ts";
import { explainError } from "../explain-error.ts";
import type { Output } from "../output.ts";
import { checkRequestsFile } from "../requests-file.ts";
import { type LocalAzure, startLocalAzure } from "../start/local-azure.ts";
import { runOnce, type Summary, saySummary } from "../start/run-once.ts";
import { type SubmitFileResult, submitFile } from "../submit-file.ts";
import { EXIT, type ExitCode, UserError } from "../user-error.ts";
import { DEFAULT_COSMOS_PORT, DEFAULT_DATA_FOLDER } from "./cosmos.ts";

const DEFAULT_FUNCTIONS_PORT = 7071;

/** `start`: the whole pipeline on this machine. */
export const start: Command = {
  summary: "Run the local Azure with the function app, and perhaps a file of requests",
  options: {
    input: {
      value: "FILE",
      help: 'Submit requests: lines of {"projectId": 42, "title": "…", "id"?: "…"}',
    },
    once: { help: "Wait until all requests have ended, audit, sum up and stop" },
    data: {
      value: "DIR",
      help: `Folder that keeps everything (${DEFAULT_DATA_FOLDER}; with --once a temporary one)`,
    },
    port: { value: "PORT", help: `Cosmos DB; 0 takes a free port (${DEFAULT_COSMOS_PORT})` },
    "functions-port": {
      value: "PORT",
      help: `HTTP functions; 0 takes a free port (${DEFAULT_FUNCTIONS_PORT})`,
    },
  },
  examples: [
    "npm start -- --input samples/requests.ndjson --once",
    "npm start -- --data ./my-data",
  ],
  run: async (given, output) => {
    const ports = {
      port: portOf(given, "port", DEFAULT_COSMOS_PORT),
      functionsPort: portOf(given, "functions-port", DEFAULT_FUNCTIONS_PORT),
    };
    if (ports.port !== 0 && ports.port === ports.functionsPort) {
      throw usageError("--port and --functions-port are the same; give two different ones");
    }
    const file = given.text("input");
    const total = file === undefined ? 0 : (await checkRequestsFile(file)).requests;
    const folder = await dataFolder(given);
    const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    try {
      const azure = await startLocalAzure({ ...ports, directory: folder.directory, output });
      const submit = async () =>
        file === undefined ? null : submitFile(azure.items, { file, total, output });
      try {
        introduce(azure, { directory: folder.directory, output });
        if (!given.isSet("once")) {
          suggest(azure, output);
          return await serve(submit, interrupted, output);
        }
        return await Promise.race([
          interrupted.then(() => {
            output.note("Interrupted before all requests had ended.");
            return EXIT.failure;
          }),
          finish(azure, submit, output),
        ]);
      } catch (error) {
        throw new UserError(explainError(error, azure.server.facts.endpoint).message);
      } finally {
        await azure.stop();
      }
    } finally {
      await folder.remove();
    }
  },
};

type Submit = () => Promise<SubmitFileResult | null>;

const finish = async (azure: LocalAzure, submit: Submit, output: Output): Promise<ExitCode> => {
  const summary = await runOnce(azure, submit, output);
  output.emit({ event: "summary", ...summary });
  saySummary(summary, output);
  return isGood(summary) ? EXIT.ok : EXIT.failure;
};

const isGood = ({ violationCount, submitted }: Summary): boolean =>
  violationCount === 0 && (submitted?.notTakenCount ?? 0) === 0;

const serve = async (
  submit: Submit,
  interrupted: Promise<unknown>,
  output: Output,
): Promise<ExitCode> => {
  const submitted = await Promise.race([submit(), interrupted.then(() => null)]);
  if (submitted) {
    const { accepted, alreadyAccepted, notTakenCount, notTaken } = submitted;
    output.emit({ event: "submitted", ...submitted });
    output.say(`${accepted} accepted, ${alreadyAccepted} before, ${notTakenCount} not taken`);
    for (const { line, why } of notTaken) output.say(`line ${line}: ${why}`);
  }
  await interrupted;
  return EXIT.ok;
};

type Introduction = { readonly directory: string; readonly output: Output };

const introduce = ({ server, functions }: LocalAzure, { directory, output }: Introduction) => {
  const { endpoint, key, connectionString } = server.facts;
  const { url } = functions.facts;
  const pids = { parent: process.pid, cosmos: server.pid(), functions: functions.pid() };
  const facts = { endpoint, key, connectionString, functionsUrl: url, data: directory, pids };
  output.emit({ event: "started", ...facts });
  output.say(`Cosmos DB   ${endpoint}`);
  output.say(`key         ${key}`);
  output.say(`connection  ${connectionString}`);
  output.say(`functions   ${url}/api`);
  output.say(`data        ${directory}`);
};

/** Says three commands to try. */
const suggest = ({ server, functions }: LocalAzure, output: Output): void => {
  const { endpoint, connectionString } = server.facts;
  const { url } = functions.facts;
  const isDefault = endpoint.includes(`:${DEFAULT_COSMOS_PORT}/`);
  const environment = isDefault ? "" : `COSMOS='${connectionString}' `;
  output.say("Try in another terminal:");
  output.say(`  ${environment}npm run submit -- --project 42 "Buy milk"`);
  output.say(`  ${environment}npm run todos -- --project 42 --follow`);
  output.say(`  curl -d '{"title":"Call Jo"}' ${url}/api/projects/42/requests`);
  output.say(`  curl ${url}/_local/metrics`);
};

const dataFolder = async (given: Given) => {
  const keep = async (): Promise<void> => undefined;
  const named = given.text("data");
  if (named !== undefined) return { directory: named, remove: keep };
  if (!given.isSet("once")) return { directory: DEFAULT_DATA_FOLDER, remove: keep };
  const directory = await mkdtemp(join(tmpdir(), "local-azure-"));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
};
