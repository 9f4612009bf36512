import type { allowOverrides } from "./allow-overrides.ts";
import type { makeArguments } from "./arguments.ts";
import type { Clock, installClock } from "./clock.ts";
import type { makeCollection } from "./collection.ts";
import type { makeLog, ScriptLog } from "./console.ts";
import type { describeThrown } from "./describe-thrown.ts";
import type { Execution, Limits, makeExecution } from "./execution.ts";
import type { makeLinks } from "./links.ts";
import type { lockRealm } from "./lock-realm.ts";
import type { MessageProperty, makeMessage } from "./messages.ts";
import type { makePassReply } from "./pass-reply.ts";
import type { installError } from "./script-error.ts";
import type { stripRealm } from "./strip-realm.ts";
import type { makeUnsupported } from "./unsupported.ts";

export type RealmParts = {
  readonly installError: typeof installError;
  readonly installClock: typeof installClock;
  readonly makeCollection: typeof makeCollection;
  readonly makeArguments: typeof makeArguments;
  readonly makeLog: typeof makeLog;
  readonly describeThrown: typeof describeThrown;
  readonly makePassReply: typeof makePassReply;
  readonly makeExecution: typeof makeExecution;
  readonly makeLinks: typeof makeLinks;
  readonly makeMessage: typeof makeMessage;
  readonly makeUnsupported: typeof makeUnsupported;
  readonly stripRealm: typeof stripRealm;
  readonly allowOverrides: typeof allowOverrides;
  readonly lockRealm: typeof lockRealm;
};

/** What an execution begins with; it enters the realm as JSON. */
export type Beginning = {
  readonly selfLink: string;
  readonly altLink: string;
  readonly isLogging: boolean;
  readonly limits: Limits;
  readonly nowMs: number;
  readonly seed: number;
};

/**
 * The host's side of a realm. Only text and numbers go in and come out, and all calls come from the
 * host: the script never runs on top of a host function, so none can be reached from it.
 */
export type RealmEntry = {
  /** Calls the script's function. `program` is the compiled script, a function of this realm. */
  begin(program: () => unknown, beginningText: string, argumentsText: string): void;
  /** The next operation as a line of JSON and its text, or "" at the end. */
  next(): string;
  answer(status: number, text: string, continuation: string, nowMs: number): void;
  /** `{"number", "text"}` if the script threw, else "". */
  thrown(): string;
  body(): string;
  log(): string;
  isRefused(): boolean;
  isClean(): boolean;
};

/** What scripts see of the execution that runs. */
type Current = {
  readonly execution: Execution;
  readonly collection: object;
  readonly context: object;
  readonly log: ScriptLog;
  readonly response: { readonly Body: MessageProperty };
  readonly given: readonly unknown[];
};

/** Sets up a new realm: its globals, then the lock, then one execution after the other. */
export const openRealm = (
  parts: RealmParts & { readonly makeCurrent: typeof makeCurrent },
  isDeterministic: boolean,
): RealmEntry => {
  const failure = parts.installError();
  const clock: Clock = { nowMs: 0, seed: 0 };
  if (isDeterministic) parts.installClock(clock);
  const unsupported = parts.makeUnsupported(failure);
  const tools = { parts, failure, nowMs: Date.now, unsupported };
  let current: Current;

  const codes = { BadRequest: 400, Forbidden: 403, NotFound: 404, Conflict: 409 };
  const rest = { PreconditionFailed: 412, RequestEntityTooLarge: 413, RetryWith: 449 };
  Object.assign(globalThis, {
    ErrorCodes: { ...codes, ...rest, InternalServerError: 500 },
    getContext: () => current.context,
    console: { log: (...given: unknown[]) => current.log.write(...given) },
  });
  Object.defineProperty(globalThis, "__", { get: () => current.collection });
  parts.stripRealm();
  parts.allowOverrides();
  const isClean = parts.lockRealm();

  return {
    begin(program, beginningText, argumentsText) {
      const beginning: Beginning = JSON.parse(beginningText);
      Object.assign(clock, { nowMs: beginning.nowMs, seed: beginning.seed });
      current = parts.makeCurrent(tools, beginning, JSON.parse(argumentsText));
      const { execution, given } = current;
      execution.run(() => {
        const script = program();
        if (typeof script !== "function") throw failure(400, "The script is not a function.");
        Reflect.apply(script, undefined, given);
      });
    },
    next() {
      const asked = current.execution.take();
      return asked ? `${JSON.stringify(asked.operation)}\n${asked.text}` : "";
    },
    answer(status, text, continuation, nowMs) {
      clock.nowMs = nowMs;
      current.execution.answer({ status, text, continuation });
    },
    body() {
      let text = '""';
      current.execution.run(() => {
        text = JSON.stringify(current.response.Body.value) ?? text;
      });
      return text;
    },
    thrown() {
      const thrown = current.execution.thrown();
      return thrown ? JSON.stringify(thrown) : "";
    },
    log: () => current.log.text,
    isRefused: () => current.execution.isRefused(),
    isClean,
  };
};

type Tools = {
  readonly parts: RealmParts;
  readonly failure: (number: number, message: string) => Error;
  readonly nowMs: () => number;
  readonly unsupported: object;
};

/** Makes the objects of one execution. */
export const makeCurrent = (
  { parts, failure, nowMs, unsupported }: Tools,
  { selfLink, altLink, limits, isLogging }: Beginning,
  given: readonly unknown[],
): Current => {
  const { describeThrown } = parts;
  const passReply = parts.makePassReply(failure);
  const execution = parts.makeExecution({ limits, nowMs, failure, describeThrown, passReply });
  const { ask } = execution;
  const logSize = { isEnabled: isLogging, maxCharacters: limits.logCharacters };
  const log = parts.makeLog({ ...logSize, failure });
  const links = parts.makeLinks({ selfLink, altLink, failure });
  const args = parts.makeArguments(failure);
  const own = parts.makeCollection({ selfLink, altLink, links, args, failure, ask });
  const collection = Object.assign(Object.create(unsupported), own);

  const Body: MessageProperty = { value: "", isWritable: true };
  const size = { failure, maxCharacters: limits.responseCharacters };
  const request = parts.makeMessage({ Body: { value: given, isWritable: false } }, size);
  const response = parts.makeMessage({ Body }, size);
  Object.assign(collection, { request, response });
  const context = {
    getCollection: () => collection,
    getRequest: () => request,
    getResponse: () => response,
    abort: execution.abort,
  };
  return { execution, collection, context, log, response: { Body }, given };
};
