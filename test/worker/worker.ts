import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import type { FromWorker, FunctionMetadata, ToWorker, TriggerInput } from "./rpc.ts";

/** How an invocation ended for the host; a worker that ends answers none of those that it runs. */
export type InvocationEnd =
  | { readonly status: "Success"; readonly returnValue: unknown }
  | { readonly status: "Failure"; readonly message: string; readonly stack: string }
  | { readonly status: "never answered" };

export type Invocation = {
  readonly ended: Promise<InvocationEnd>;
  /** Says that nobody waits any more, as the host does on shutdown. */
  readonly cancel: () => void;
};

export type Worker = {
  readonly functions: readonly FunctionMetadata[];
  readonly capabilities: Readonly<Record<string, string>>;
  readonly start: (functionId: string, input: TriggerInput) => Invocation;
  readonly invoke: (functionId: string, input: TriggerInput) => Promise<InvocationEnd>;
  /** Everything that it logged, to the host and on its own. */
  readonly log: readonly string[];
  readonly ended: Promise<string>;
  readonly kill: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
  /** Asks it to end, as the host does; answers its exit code. */
  readonly terminate: () => Promise<string>;
};

export type WorkerOptions = {
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** functionTimeout: the host ends the worker that holds an invocation longer than this. */
  readonly timeLimitMs?: number;
};

/**
 * Starts a worker and loads an app into it, as the Functions host does.
 *
 * errors  throws with what the app threw while it was loaded
 */
export const startWorker = async (options: WorkerOptions): Promise<Worker> => {
  const { directory, environment = {}, timeLimitMs } = options;
  const { PATH = "" } = process.env;
  const child = fork(join(import.meta.dirname, "worker-process.ts"), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Nothing of whoever runs the tests may reach the app.
    env: { PATH, ...environment },
  });
  const log = logOf(child);
  const ended = once(child, "close").then(([code, signal]) => String(signal ?? code));
  const initialized = messageOf(child, "workerInitResponse");
  send(child, { kind: "workerInitRequest", functionAppDirectory: directory });
  const { result, functions, capabilities } = await Promise.race([
    initialized,
    ended.then((how) => Promise.reject(new Error(`The worker ended: ${how} ${log.join("\n")}`))),
  ]);
  if (result.status === "Failure") {
    child.kill("SIGKILL");
    throw new Error(`Worker was unable to load the app: ${result.exception.message}`);
  }
  const start = starterFor({ child, functions, ended, timeLimitMs });
  return {
    functions,
    capabilities,
    log,
    ended,
    start,
    invoke: (functionId, input) => start(functionId, input).ended,
    kill: async (signal) => {
      child.kill(signal);
      await ended;
    },
    terminate: () => {
      send(child, { kind: "workerTerminate" });
      return ended;
    },
  };
};

type Running = {
  readonly child: ChildProcess;
  readonly functions: readonly FunctionMetadata[];
  readonly ended: Promise<string>;
  readonly timeLimitMs: number | undefined;
};

const starterFor = ({ child, functions, ended, timeLimitMs }: Running): Worker["start"] => {
  const waiting = new Map<string, (end: InvocationEnd) => void>();
  child.on("message", (message: FromWorker) => {
    if (message.kind !== "invocationResponse") return;
    const { result, returnValue } = message;
    waiting.get(message.invocationId)?.(
      result.status === "Success"
        ? { status: "Success", returnValue }
        : {
            status: "Failure",
            message: result.exception.message,
            stack: result.exception.stackTrace,
          },
    );
  });
  return (functionId, input) => {
    const invocationId = randomUUID();
    const answered = new Promise<InvocationEnd>((resolve) => waiting.set(invocationId, resolve));
    const isOver = timeLimitMs && setTimeout(() => child.kill("SIGKILL"), timeLimitMs);
    send(child, {
      kind: "invocationRequest",
      invocationId,
      functionId,
      inputData: [{ name: triggerName(functions, functionId), data: input.data }],
      triggerMetadata: input.triggerMetadata,
      traceContext: { traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
      ...(input.retryContext && { retryContext: input.retryContext }),
    });
    return {
      cancel: () => send(child, { kind: "invocationCancel", invocationId }),
      ended: Promise.race([
        answered,
        ended.then((): InvocationEnd => ({ status: "never answered" })),
      ]).finally(() => {
        clearTimeout(isOver);
        waiting.delete(invocationId);
      }),
    };
  };
};

const triggerName = (functions: readonly FunctionMetadata[], functionId: string): string => {
  const found = functions.find((each) => each.functionId === functionId);
  const bindings = found?.rawBindings.map((text) => JSON.parse(text)) ?? [];
  return bindings.find(({ type }) => /trigger$/i.test(type))?.name ?? "unknown";
};

const send = (child: ChildProcess, message: ToWorker): void => {
  // The channel of a worker that has just ended: its invocations end as unanswered.
  child.send(message, () => undefined);
};

const messageOf = async <Kind extends FromWorker["kind"]>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<FromWorker, { kind: Kind }>> => {
  for (;;) {
    const [message] = (await once(child, "message")) as [FromWorker];
    if (message.kind === kind) return message as Extract<FromWorker, { kind: Kind }>;
  }
};

const logOf = (child: ChildProcess): string[] => {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (text: Buffer) => lines.push(...text.toString().trim().split("\n")));
  }
  child.on("message", (message: FromWorker) => {
    if (message.kind === "rpcLog") lines.push(`${message.level} ${message.message}`);
  });
  return lines;
};
