import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import type { FunctionHandler, HookName, RegisteredFunction } from "./core-api.ts";
import type { FunctionApp } from "./function-app.ts";
import type { Log, LogLevel } from "./log-line.ts";
import type { InvocationEnd, RetryContext } from "./retry-policy.ts";

/** The data of a trigger on its way into a function, as the Functions host sends it. */
export type TriggerInput = {
  readonly data: object;
  readonly triggerMetadata?: Readonly<Record<string, object>>;
  readonly retryContext?: RetryContext | undefined;
};

/** Calls one function of the app once. Never rejects: failing is one of its ends. */
export type FunctionInvoker = (
  registered: RegisteredFunction,
  input: TriggerInput,
) => Promise<InvocationEnd>;

/**
 * Makes what invokes the functions of an app, through the library's own invocation model, with hooks.
 *
 * shape   a handler that throws `undefined` or `null` counts as success, as in the Functions worker.
 *         An invocation over its time limit ends the process with all that it does: so does the host
 *         in Azure with its worker, as nothing else stops a function of Node
 * source  InvocationHandler.ts of the Functions worker; WebScriptHostExceptionHandler.cs of the host
 */
export const createFunctionInvoker =
  (app: FunctionApp, log: Log, appHookData: object = {}): FunctionInvoker =>
  async (registered, input) => {
    const stopWatching = endProcessAfter(app.hostFile.timeLimitMs, registered.metadata.name);
    try {
      return { kind: "succeeded", returnValue: await run(app, registered, input) };
    } catch (error) {
      log("error", registered.metadata.name, `Invocation failed: ${describe(error)}`);
      return { kind: "failed", error };
    } finally {
      stopWatching();
    }

    async function run(
      { programmingModel }: FunctionApp,
      { metadata, handler }: RegisteredFunction,
      { data, triggerMetadata, retryContext }: TriggerInput,
    ): Promise<unknown> {
      const invocationId = randomUUID();
      const trigger = triggerBindingName(registered);
      const coreContext = {
        invocationId,
        metadata,
        request: {
          invocationId,
          inputData: [{ name: trigger, data }],
          triggerMetadata,
          retryContext,
        },
        state: undefined as string | undefined,
        log: (level: LogLevel, _category: string, message: string) =>
          log(level, metadata.name, message),
      };
      const model = programmingModel.getInvocationModel(coreContext);
      const { context, inputs } = await model.getArguments();
      const shared = { hookData: {}, appHookData, invocationContext: context };
      const before = { ...shared, functionCallback: handler as FunctionHandler, inputs };
      const hooks = (name: HookName, hookContext: object) =>
        runHooks(app, { name, hookContext, coreContext });
      await hooks("preInvocation", before);
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
      await hooks("postInvocation", after);
      if (after.error !== null && after.error !== undefined) throw after.error;
      return (await model.getResponse(context, after.result)).returnValue;
    }
  };

/** Names the binding that triggers a function. */
export const triggerBindingName = ({ metadata }: RegisteredFunction): string => {
  const found = Object.entries(metadata.bindings).find(([, { type }]) => /trigger$/i.test(type));
  if (!found) throw new Error(`The function "${metadata.name}" has no trigger; give it one`);
  return found[0];
};

/** Runs the hooks of the app's start or end, one after the other. */
export const runAppHooks = async (
  app: FunctionApp,
  name: "appStart" | "appTerminate",
  appHookData: object,
): Promise<void> => {
  for (const hook of app.hooks[name]) await hook({ hookData: {}, appHookData });
};

type HookRun = {
  readonly name: HookName;
  readonly hookContext: object;
  readonly coreContext: { state: string | undefined };
};

const runHooks = async (
  app: FunctionApp,
  { name, hookContext, coreContext }: HookRun,
): Promise<void> => {
  coreContext.state = `${name}Hooks`;
  for (const hook of app.hooks[name]) await hook(hookContext);
  coreContext.state = undefined;
};

/** Timers of Node end at 2^31 - 1 ms; who may take longer is not watched. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const endProcessAfter = (limitMs: number | undefined, functionName: string): (() => void) => {
  if (limitMs === undefined || limitMs > LONGEST_TIMER_MS) return () => undefined;
  // Nobody can catch it, so the process ends, and its log says why.
  const timer = setTimeout(() => {
    throw new Error(
      `${functionName} took longer than functionTimeout in host.json (${limitMs / 1000} s); the host ends, as Azure ends the worker`,
    );
  }, limitMs);
  return () => clearTimeout(timer);
};

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : inspect(error);
