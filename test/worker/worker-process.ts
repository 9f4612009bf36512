import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import type {
  FromWorker,
  FunctionMetadata,
  InvocationRequest,
  Result,
  ToWorker,
  TypedData,
} from "./rpc.ts";

/**
 * Plays the Node worker of Azure Functions, one function app in one process, weaknesses included.
 *
 * shape   messages over the process channel in place of gRPC
 * source  azure-functions-nodejs-worker: Worker.ts, startApp.ts, loadScriptFile.ts,
 *         setupCoreModule.ts, registerFunction.ts, setupEventStream.ts, InvocationHandler.ts,
 *         terminateWorker.ts; read on 2026-11-23, observed by running it before
 */
const VERSION = "3.9.1";
const HOST_VERSION = "4.1040.0";

type Handler = (...parameters: unknown[]) => unknown;
type Binding = Readonly<Record<string, unknown>>;
type Metadata = {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: object;
};
type Registered = { readonly metadata: Metadata; readonly handler: Handler };
type Hook = (context: object) => unknown;
type ProgrammingModel = {
  readonly getCapabilities: (given: object) => Promise<Readonly<Record<string, string>>>;
  readonly getInvocationModel: (context: object) => {
    readonly getArguments: () => Promise<{ context: object; inputs: unknown[] }>;
    readonly invokeFunction: (
      context: object,
      inputs: unknown[],
      handler: Handler,
    ) => Promise<unknown>;
    readonly getResponse: (
      context: object,
      result: unknown,
    ) => Promise<{ readonly returnValue?: unknown }>;
  };
};

const functions = new Map<string, Registered>();
const hooks = new Map<string, Hook[]>();
const appHookData = {};
let programmingModel: ProgrammingModel | undefined;
let hasFinishedStartup = false;

const tell = (message: FromWorker): void => void process.send?.(message);
const log = (level: string, message: string): void => tell({ kind: "rpcLog", level, message });

/** What `require("@azure/functions-core")` answers, as long as the worker lives. */
class Disposable {
  readonly dispose: () => void;
  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
}

const coreApi = {
  version: VERSION,
  hostVersion: HOST_VERSION,
  Disposable,
  log: (level: string, _category: string, message: string) => log(level, message),
  setProgrammingModel: (model: ProgrammingModel) => {
    programmingModel = model;
  },
  getProgrammingModel: () => programmingModel,
  registerHook: (name: string, hook: Hook) => {
    const registered = hooks.get(name) ?? [];
    hooks.set(name, [...registered, hook]);
    return new Disposable(() =>
      hooks.set(
        name,
        registered.filter((other) => other !== hook),
      ),
    );
  },
  registerFunction: (metadata: Metadata, handler: Handler) => {
    if (hasFinishedStartup) {
      throw new Error("A function can only be registered during app startup.");
    }
    functions.set(metadata.functionId ?? metadata.name, { metadata, handler });
    return new Disposable(() => functions.delete(metadata.functionId ?? metadata.name));
  },
};

const prototype = Module.prototype as unknown as { require: (id: string) => unknown };
prototype.require = new Proxy(prototype.require, {
  apply: (original, self, parameters) =>
    parameters[0] === "@azure/functions-core"
      ? coreApi
      : Reflect.apply(original, self, parameters as [string]),
});

const startApp = async (directory: string): Promise<void> => {
  const { main, type } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const file = join(directory, main);
  const isModule = file.endsWith(".mjs") || (type === "module" && !file.endsWith(".cjs"));
  if (isModule) await import(file);
  else createRequire(import.meta.url)(file);
  await runHooks("appStart", { hookData: {}, appHookData, functionAppDirectory: directory });
};

const runHooks = async (name: string, context: object): Promise<void> => {
  for (const hook of hooks.get(name) ?? []) await hook(context);
};

const initialize = async (directory: string): Promise<void> => {
  let result: Result = { status: "Success" };
  try {
    await startApp(directory);
  } catch (error) {
    result = failure(error);
  }
  hasFinishedStartup = true;
  const capabilities = (await programmingModel?.getCapabilities({})) ?? {};
  const known = [...functions].map(([functionId, { metadata }]) =>
    metadataOf(functionId, metadata),
  );
  tell({ kind: "workerInitResponse", result, capabilities, functions: known });
};

const metadataOf = (functionId: string, metadata: Metadata): FunctionMetadata => ({
  functionId,
  rawBindings: Object.entries(metadata.bindings).map(([name, binding]) =>
    JSON.stringify({ ...binding, name }),
  ),
  retryOptions: metadata.retryOptions,
});

const invoke = async (request: InvocationRequest): Promise<void> => {
  const { invocationId } = request;
  try {
    const returnValue = await run(request);
    tell({
      kind: "invocationResponse",
      invocationId,
      result: { status: "Success" },
      returnValue,
    });
  } catch (error) {
    tell({ kind: "invocationResponse", invocationId, result: failure(error) });
  }
};

const run = async (request: InvocationRequest): Promise<unknown> => {
  const registered = functions.get(request.functionId);
  if (!registered || !programmingModel) {
    throw new Error(
      `Function code for '${request.functionId}' is not loaded and cannot be invoked.`,
    );
  }
  const coreContext = {
    invocationId: request.invocationId,
    request: { ...request, inputData: request.inputData.map(withBuffers) },
    metadata: registered.metadata,
    state: undefined as string | undefined,
    log: (level: string, category: string, message: string) => log(level, `${category} ${message}`),
  };
  const model = programmingModel.getInvocationModel(coreContext);
  const { context, inputs } = await model.getArguments();
  const shared = { hookData: {}, appHookData, invocationContext: context };
  const before = { ...shared, functionCallback: registered.handler, inputs };
  await runHooks("preInvocation", before);
  const after = {
    ...shared,
    inputs: before.inputs,
    result: null as unknown,
    error: null as unknown,
  };
  coreContext.state = "invocation";
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  coreContext.state = "postInvocationHooks";
  await runHooks("postInvocation", after);
  coreContext.state = undefined;
  // The weakness: to the worker nothing thrown is no error.
  if (after.error !== null && after.error !== undefined) throw after.error;
  return (await model.getResponse(context, after.result)).returnValue;
};

/** Bytes arrive as Buffers from gRPC. */
const withBuffers = ({ name, data }: { readonly name: string; readonly data: TypedData }) => {
  const body = "http" in data ? data.http.body : undefined;
  if (!("http" in data) || !body || !("bytes" in body)) return { name, data };
  return { name, data: { http: { ...data.http, body: { bytes: Buffer.from(body.bytes) } } } };
};

const failure = (error: unknown): Result => {
  const known = error instanceof Error ? error : new Error(String(error ?? "Unknown error"));
  return {
    status: "Failure",
    exception: { message: known.message, stackTrace: known.stack ?? "" },
  };
};

process.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "workerInitRequest":
      return void initialize(message.functionAppDirectory);
    case "invocationRequest":
      return void invoke(message);
    case "invocationCancel":
      // The worker has no handler for it.
      return;
    case "workerTerminate":
      return void runHooks("appTerminate", { hookData: {}, appHookData }).then(() =>
        process.exit(0),
      );
  }
});
process.on("uncaughtException", (error) => {
  console.error("Worker uncaught exception:", error);
  process.exit(1);
});
// The host ends a worker whose stream it has lost.
process.on("disconnect", () => process.exit(0));
