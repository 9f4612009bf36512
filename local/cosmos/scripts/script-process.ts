import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { CosmosError } from "../cosmos-error.ts";
import { PartitionReader } from "../store/partition-reader.ts";
import { createScriptCache } from "./compiled-script.ts";
import { runScript } from "./run-script.ts";
import { scriptData } from "./script-data.ts";
import type { ScriptAnswer, ScriptOrder } from "./script-order.ts";

/** Answers orders until the server disconnects; started by `startScriptProcess`. */
const serve = (file: string): void => {
  const db = new DatabaseSync(file, { readOnly: true });
  const cache = createScriptCache();
  const texts = new Map<number, string>();
  const readers = new Map<string, PartitionReader>();
  let nowSeconds = 0;

  const run = (order: ScriptOrder): ScriptAnswer => {
    const { call, script: number, text, table, compositeIndexes } = order;
    if (order.forget) texts.clear();
    if (text !== undefined) texts.set(number, text);
    nowSeconds = Math.floor(call.nowMs / 1000);
    const reader = readers.get(table) ?? new PartitionReader(db, table, () => nowSeconds);
    readers.set(table, reader);
    const data = scriptData(reader, { ...call, compositeIndexes });
    db.exec("BEGIN");
    try {
      const script = texts.get(number) ?? "";
      return { kind: "done", result: runScript({ ...call, script }, data, { cache }) };
    } catch (error) {
      return failure(error);
    } finally {
      db.exec("COMMIT");
    }
  };
  process.on("message", (order: ScriptOrder) => send(run(order)));
};

const failure = (error: unknown): ScriptAnswer => {
  const known = error instanceof CosmosError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: "failed",
    status: known?.status ?? 500,
    code: known?.code ?? "InternalServerError",
    substatus: known?.substatus ?? 0,
    message: known ? message : `The embedded server failed in a script process: ${message}`,
  };
};

const send = (answer: ScriptAnswer): void => {
  process.send?.(answer);
};

/** Ends this process when the server is gone, even while a script loops for ever. */
const dieWithServer = (): void => {
  process.on("disconnect", () => process.exit(0));
  const watch = `setInterval(() => {
    if (process.ppid !== ${process.ppid}) process.kill(process.pid, "SIGKILL");
  }, 1000);`;
  new Worker(watch, { eval: true }).unref();
};

/** An interrupt goes to the whole process group, but the server may still want answers. */
const leaveSignalsToServer = (): void => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
};

/** The service drops what an async function that nobody awaits throws. */
const dropRejections = (): void => {
  process.on("unhandledRejection", () => {});
};

dropRejections();
leaveSignalsToServer();
dieWithServer();
serve(process.argv[2] ?? "");
send({ kind: "ready" });
