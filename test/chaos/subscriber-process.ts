import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { runChild } from "../../cli/processes/run-child.ts";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { type ReceivedTodo, subscribe } from "../../client/subscribe.ts";
import { openJournal } from "./journal.ts";
import type { SubscriberConfig } from "./process-config.ts";

/** The share of todos after which it dies between handling and storing the continuation. */
const DEATH_SHARE = 1 / 700;
const REQUEST_TIMEOUT_MS = 5_000;
const POLL_DELAY_MS = 50;
/** A continuation is stored after each of so many todos on average. */
const STORE_EVERY = 5;

/** Subscribes from its stored continuation on: handles each todo, then stores the next one. */
runChild<SubscriberConfig, object>(async (config) => {
  const settings = readSettings({ COSMOS: config.connectionString });
  const connectionPolicy = { requestTimeout: REQUEST_TIMEOUT_MS };
  const client = connect(settings, { longPollSeconds: 1, connectionPolicy });
  const journal = openJournal(config.journalFile);
  const stopping = new AbortController();
  const handle = ({ todo, continuation }: ReceivedTodo): void => {
    const { projectId, todoId } = todo;
    journal.note({ kind: "handled", projectId, todoId, text: JSON.stringify(todo) });
    if (Math.random() < DEATH_SHARE) process.kill(process.pid, "SIGKILL");
    if (Math.random() < 1 / STORE_EVERY) store(config.continuationFile, continuation);
  };
  const follow = async (): Promise<void> => {
    const todos = subscribe(itemsContainer(client, settings), {
      signal: stopping.signal,
      pollDelayMs: POLL_DELAY_MS,
      ...(config.projectId === undefined ? {} : { projectId: config.projectId }),
      ...stored(config.continuationFile),
    });
    for await (const received of todos) handle(received);
  };
  const following = follow().catch((error: Error) => {
    journal.note({ kind: "failed", message: `${error.name}: ${error.message}` });
    throw error;
  });
  return {
    facts: {},
    close: async () => {
      stopping.abort();
      await following;
      client.dispose();
      journal.close();
    },
  };
});

const stored = (file: string): { readonly continuation?: string } =>
  existsSync(file) ? { continuation: readFileSync(file, "utf8") } : {};

const store = (file: string, continuation: string): void => {
  writeFileSync(`${file}.new`, continuation);
  renameSync(`${file}.new`, file);
};
