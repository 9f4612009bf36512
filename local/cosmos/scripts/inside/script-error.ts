/**
 * Gives the script the `Error` that the service's engine has: `new Error(409, "text")` sets
 * `number`.
 *
 * Stack traces are text that is made when such an error is made; errors of the engine itself have
 * none. For V8 makes them on demand by a function of the host, and a script that asks for one with
 * an all but full call stack would catch the host's own RangeError, an object of the host's realm.
 */
export const installError = (): ((number: number, message: string) => Error) => {
  const NativeError = Error;
  const { captureStackTrace } = NativeError;
  const noLimit = undefined as unknown as number;
  NativeError.stackTraceLimit = noLimit;

  const scriptFrames = (): string => {
    const holder = { stack: "" };
    try {
      NativeError.stackTraceLimit = 20;
      captureStackTrace(holder, ScriptError);
      const lines = holder.stack.split("\n");
      return lines.filter((line) => line.includes("script.js:")).join("\n");
    } catch {
      return "";
    } finally {
      NativeError.stackTraceLimit = noLimit;
    }
  };

  const ScriptError = function (...given: unknown[]): Error {
    const hasNumber = given.length > 1 && typeof given[0] === "number";
    const own = hasNumber ? given.slice(1) : given;
    const error: Error = Reflect.construct(NativeError, own, new.target || ScriptError);
    if (hasNumber) Object.defineProperty(error, "number", { value: given[0], writable: true });
    const stack = `${error.name}: ${error.message}\n${scriptFrames()}`;
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
    return error;
  } as unknown as new (
    ...given: unknown[]
  ) => Error;

  Object.defineProperty(ScriptError, "name", { value: "Error" });
  Object.defineProperty(ScriptError, "prototype", { value: NativeError.prototype });
  NativeError.prototype.constructor = ScriptError;
  const globals = globalThis as unknown as Record<string, object>;
  for (const name of Object.getOwnPropertyNames(globals)) {
    const value = globals[name];
    if (typeof value === "function" && Object.getPrototypeOf(value) === NativeError) {
      Object.setPrototypeOf(value, ScriptError);
    }
  }
  globals.Error = ScriptError;
  return (number, message) => new ScriptError(number, message);
};
