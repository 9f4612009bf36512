import { type ChildProcess, fork } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { badRequest, CosmosError, requestTimeout } from "../cosmos-error.ts";
import type { ScriptResult } from "./run-script.ts";
import { MAX_SCRIPT_HEAP_MB } from "./script-limits.ts";
import type { ScriptAnswer, ScriptOrder } from "./script-order.ts";

/** A process that runs one script at a time. */
export type ScriptProcess = {
  /** errors  408 when the time is over, 400 when the memory is; the process is gone then */
  run(order: Order, timeoutMs: number): Promise<ScriptResult>;
  isAlive(): boolean;
  stop(): void;
};

export type Order = Omit<ScriptOrder, "script" | "text" | "forget"> & { readonly script: string };

/** What such a process is not allowed to do. */
export const PROCESS_FLAGS = [
  `--max-old-space-size=${MAX_SCRIPT_HEAP_MB}`,
  "--permission",
  "--allow-fs-read=*",
  "--allow-worker",
  "--disallow-code-generation-from-strings",
  "--frozen-intrinsics",
  "--no-warnings",
];

/** Texts a process is asked to remember. */
const MAX_TEXTS = 64;

/**
 * Starts a process in which scripts run; it is ready when the promise resolves.
 *
 * The process can read files and nothing else: no environment, no writing, no further processes, no
 * code from strings, frozen built-in objects.
 */
export const startScriptProcess = async (databaseFile: string): Promise<ScriptProcess> => {
  const child = fork(entryFile(), [databaseFile], {
    execArgv: PROCESS_FLAGS,
    env: process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  await firstAnswer(child);
  child.stderr?.resume();
  child.unref();
  child.channel?.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
  return scriptProcess(child);
};

const entryFile = (): string => {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`./script-process.${extension}`, import.meta.url));
};

const firstAnswer = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk: Buffer): void => {
      said += chunk;
    };
    const fail = (): void => {
      const reason = /^.*Error.*$/m.exec(said)?.[0] ?? "it ended at once";
      const message = `No process for stored procedures could start: ${reason}`;
      reject(new CosmosError(503, "ServiceUnavailable", message));
    };
    child.stderr?.on("data", hear);
    child.once("error", fail);
    child.once("close", fail);
    child.once("message", () => {
      child.off("close", fail);
      child.stderr?.off("data", hear);
      resolve();
    });
  });

type Settle = (outcome: ScriptResult | CosmosError) => void;

const scriptProcess = (child: ChildProcess): ScriptProcess => {
  let settle: Settle | undefined;
  let isAlive = true;
  const numbers = new Map<string, number>();
  const end = (outcome: ScriptResult | CosmosError): void => settle?.(outcome);
  const stop = (): void => {
    isAlive = false;
    child.kill("SIGKILL");
  };
  child.on("message", (answer: ScriptAnswer) => {
    if (answer.kind === "done") end(answer.result);
    if (answer.kind === "failed") end(scriptFailure(answer));
  });
  child.on("error", stop);
  child.on("exit", (code, signal) => {
    isAlive = false;
    end(deathOf(code, signal));
  });

  return {
    isAlive: () => isAlive,
    stop,
    run: ({ script, ...order }, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          stop();
          end(requestTimeout(TIMED_OUT));
        }, timeoutMs);
        settle = (outcome) => {
          clearTimeout(timer);
          settle = undefined;
          if (outcome instanceof CosmosError) reject(outcome);
          else resolve(outcome);
        };
        const forget = numbers.size >= MAX_TEXTS && !numbers.has(script);
        if (forget) numbers.clear();
        const number = numbers.get(script) ?? numbers.size;
        const text = numbers.has(script) ? {} : { text: script };
        numbers.set(script, number);
        child.send({ ...order, script: number, ...text, forget } satisfies ScriptOrder);
      }),
  };
};

const TIMED_OUT = JSON.stringify({
  Errors: [
    "The requested operation exceeded maximum alloted time. Learn more: https://aka.ms/cosmosdb-tsg-service-request-timeout",
  ],
});

const scriptFailure = (answer: ScriptAnswer & { kind: "failed" }): CosmosError =>
  new CosmosError(answer.status, answer.code, answer.message, { substatus: answer.substatus });

/** How V8 ends a process whose heap is full. */
const ABORT_SIGNALS = ["SIGABRT", "SIGTRAP", "SIGILL"];
const ABORT_CODES = [132, 133, 134];

const deathOf = (code: number | null, signal: NodeJS.Signals | null): CosmosError => {
  if (ABORT_SIGNALS.includes(signal ?? "") || ABORT_CODES.includes(code ?? 0)) {
    const limit = `The script needed more memory than the ${MAX_SCRIPT_HEAP_MB} MB it may use`;
    return badRequest(JSON.stringify({ Errors: [`${limit}; nothing of it was kept.`] }));
  }
  const cause = signal ?? `exit code ${code}`;
  return new CosmosError(
    503,
    "ServiceUnavailable",
    `The process that ran the script ended (${cause}); nothing was kept, call again.`,
  );
};
