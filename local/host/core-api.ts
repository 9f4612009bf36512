import type { Log, LogLevel } from "./log-line.ts";

/**
 * The facts about a function that the library registers.
 *
 * source  coreTypes.FunctionMetadata of the Functions worker, as @azure/functions 4.16 fills it
 */
export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: RpcRetryOptions | undefined;
};

export type Binding = { readonly type: string; readonly direction: string } & Readonly<
  Record<string, unknown>
>;

type RpcDuration = { readonly seconds: number };

export type RpcRetryOptions = {
  readonly retryStrategy: "fixedDelay" | "exponentialBackoff";
  readonly maxRetryCount: number;
  readonly delayInterval?: RpcDuration | undefined;
  readonly minimumInterval?: RpcDuration | undefined;
  readonly maximumInterval?: RpcDuration | undefined;
};

export type FunctionHandler = (...args: unknown[]) => unknown;
export type RegisteredFunction = {
  readonly metadata: FunctionMetadata;
  readonly handler: FunctionHandler;
};

/** The part of the library's programming model that a host calls. */
export type ProgrammingModel = {
  readonly getCapabilities: (given: Record<string, string>) => unknown;
  readonly getInvocationModel: (context: object) => InvocationModel;
};
export type InvocationModel = {
  readonly getArguments: () => Promise<{ context: object; inputs: unknown[] }>;
  readonly invokeFunction: (
    context: object,
    inputs: unknown[],
    handler: FunctionHandler,
  ) => Promise<unknown>;
  readonly getResponse: (context: object, result: unknown) => Promise<InvocationResponse>;
};
export type InvocationResponse = { readonly returnValue?: unknown };

export const HOOKS = ["appStart", "appTerminate", "preInvocation", "postInvocation"] as const;
export type HookName = (typeof HOOKS)[number];
export type HookCallback = (context: object) => unknown;

/** What an app registered while it was loaded. */
export type Registrations = {
  programmingModel: ProgrammingModel | undefined;
  readonly functions: Map<string, RegisteredFunction>;
  readonly hooks: Record<HookName, HookCallback[]>;
};

/** The version of the host that we behave like; apps may read it. */
const HOST_VERSION = "4.1040.0";
const WORKER_VERSION = "3.9.1";

/**
 * Makes the module `@azure/functions-core` that an app finds while it is loaded.
 *
 * errors  registering after `lock()` throws, as in the Functions worker
 * source  setupCoreModule.ts of the Functions worker
 */
export const createCoreApi = (log: Log) => {
  const registrations: Registrations = {
    programmingModel: undefined,
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [] },
  };
  let isLocked = false;
  const api = {
    version: WORKER_VERSION,
    hostVersion: HOST_VERSION,
    Disposable,
    setProgrammingModel: (model: ProgrammingModel) => {
      registrations.programmingModel = model;
    },
    getProgrammingModel: () => registrations.programmingModel,
    registerFunction: (metadata: FunctionMetadata, handler: FunctionHandler) => {
      const { name } = metadata;
      if (isLocked) throw new Error("A function can only be registered during app startup.");
      if (registrations.functions.has(name)) {
        throw new Error(`A function named "${name}" is registered twice; rename one of them`);
      }
      registrations.functions.set(name, { metadata, handler });
      return new Disposable(() => registrations.functions.delete(name));
    },
    registerHook: (name: string, callback: HookCallback) => {
      const hooks = registrations.hooks[hookNamed(name)];
      hooks.push(callback);
      return new Disposable(() => hooks.splice(hooks.indexOf(callback) >>> 0, 1));
    },
  };
  return {
    api,
    registrations,
    lock: () => {
      isLocked = true;
      // Only now: a core without `log` is how the library learns that it cannot stream HTTP here,
      // and then it refuses `enableHttpStream`, which would listen on all interfaces.
      Object.assign(api, {
        log: (level: LogLevel, _category: string, message: string) => log(level, "host", message),
      });
    },
  };
};

const hookNamed = (name: string): HookName => {
  const found = HOOKS.find((hook) => hook === name);
  if (found) return found;
  throw Object.assign(new RangeError(`The local host has no hook "${name}"`), {
    isAzureFunctionsSystemError: true,
  });
};

// The library takes this class from us and calls it with `new`.
class Disposable {
  readonly dispose: () => void;
  constructor(dispose: () => unknown) {
    this.dispose = () => void dispose();
  }
}
