import { CosmosError } from "../cosmos-error.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";
import type { Store } from "../store/store.ts";
import { createScriptCache } from "./compiled-script.ts";
import { runScript, type ScriptCall, type ScriptResult } from "./run-script.ts";
import { scriptData } from "./script-data.ts";
import { MAX_SCRIPT_MS } from "./script-limits.ts";
import { type Order, type ScriptProcess, startScriptProcess } from "./start-script-process.ts";

/** Runs stored procedures, some at a time. */
export type ScriptHost = {
  /**
   * Runs a script on what is committed now; its writes are the caller's to commit.
   *
   * errors  see `runScript`; 408 when it takes too long, 400 when it needs too much memory
   */
  execute(execution: ScriptExecution): Promise<ScriptResult>;
  close(): void;
};

export type ScriptExecution = Omit<ScriptCall, "container" | "nowMs"> & {
  readonly container: Container;
  readonly partition: PhysicalPartition;
  readonly nowMs?: number;
};

export type ScriptHostOptions = {
  readonly processes?: number;
  readonly timeoutMs?: number;
};

const DEFAULT_PROCESSES = 2;

/**
 * Makes the place where stored procedures run.
 *
 * They run as JavaScript of this V8, since a drain of 100 documents costs one or two milliseconds
 * in it and 8.5 in a JavaScript engine compiled to WebAssembly. That a script can neither harm nor
 * see the server rests on four walls:
 * 1. nothing of the host is reachable: its context holds the language only, text goes in and out,
 *    and the host calls the script, never the other way round (`inside/open-realm.ts`);
 * 2. the context is immutable, so that executions do not see each other (`inside/lock-realm.ts`);
 * 3. it runs in a process of its own, ended by SIGKILL when its time is over. Not in a worker
 *    thread: a script as short as `new Array(2 ** 26).fill(0)` ends the whole process of a worker
 *    thread, whatever resource limits it has. A call costs the same either way, 0.1 ms;
 * 4. that process may read files and do nothing else (`start-script-process.ts`).
 *
 * A store in memory has no file that another process could read. Its scripts run in this process,
 * behind the first two walls only, and one that loops for ever does.
 */
export const createScriptHost = (
  store: Pick<Store, "file" | "reader">,
  options: ScriptHostOptions = {},
): ScriptHost => {
  const { file } = store;
  if (file === undefined) return inProcessHost(store);
  const { processes = DEFAULT_PROCESSES, timeoutMs = MAX_SCRIPT_MS } = options;
  const waiting: (() => void)[] = [];
  const idle: ScriptProcess[] = [];
  const running = new Set<ScriptProcess>();
  let started = 0;
  let isClosed = false;

  const acquire = async (): Promise<ScriptProcess> => {
    const known = idle.pop();
    const worker = known?.isAlive() ? known : await startScriptProcess(file);
    if (!isClosed) return worker;
    worker.stop();
    throw new CosmosError(503, "ServiceUnavailable", "The server is closing; call again later.");
  };
  const run = async (order: Order): Promise<ScriptResult> => {
    while (started >= processes) await new Promise<void>((resolve) => waiting.push(resolve));
    started++;
    try {
      const worker = await acquire();
      running.add(worker);
      try {
        return await worker.run(order, timeoutMs);
      } finally {
        running.delete(worker);
        if (worker.isAlive() && !isClosed) idle.push(worker);
        else worker.stop();
      }
    } finally {
      started--;
      waiting.shift()?.();
    }
  };
  return {
    execute: (execution) => run(orderOf(execution)),
    close() {
      isClosed = true;
      for (const worker of [...idle, ...running]) worker.stop();
    },
  };
};

const orderOf = (execution: ScriptExecution): Order => {
  const { script, container, partition, nowMs = Date.now(), ...rest } = execution;
  const { rid, id, databaseRid, databaseId, partitionKey, compositeIndexes } = container;
  const call = {
    ...rest,
    nowMs,
    container: { rid, id, databaseRid, databaseId, partitionKey },
  };
  return { call, script, table: partition.table, compositeIndexes };
};

const inProcessHost = (store: Pick<Store, "reader">): ScriptHost => {
  const cache = createScriptCache();
  process.on("unhandledRejection", dropScriptRejection);
  return {
    async execute(execution) {
      const { script, call, compositeIndexes } = orderOf(execution);
      const data = scriptData(store.reader(execution.partition), { ...call, compositeIndexes });
      return runScript({ ...call, script }, data, { cache });
    },
    close() {
      process.off("unhandledRejection", dropScriptRejection);
    },
  };
};

/** The service drops what an async function of a script throws; ours still end the process. */
const dropScriptRejection = (reason: unknown, promise: unknown): void => {
  const isOurs = promise instanceof Promise;
  if (isOurs && process.listenerCount("unhandledRejection") === 1) throw reason;
};
