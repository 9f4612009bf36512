import vm from "node:vm";
import { badRequest, type CosmosError } from "../cosmos-error.ts";
import type { RealmEntry } from "./inside/open-realm.ts";
import { prologueText } from "./prologue.ts";

/** A script compiled in a realm of its own. */
export type CompiledScript = {
  readonly entry: RealmEntry;
  readonly program: () => unknown;
  /** Runs the promise jobs that wait in the realm. */
  readonly settlePromises: () => void;
};

const COMPILE_FAILED = 65535;

/**
 * Compiles a script in a new V8 context that holds nothing but the language and the collection API.
 *
 * The context is a global object without a host object behind it. Compiling code from strings is
 * off in it, and a script with a dynamic `import` is refused, since that answers with objects of
 * the host.
 *
 * errors  400/65535 when the text is no JavaScript function expression
 */
export const compileScript = (text: string, isDeterministic: boolean): CompiledScript => {
  if (DYNAMIC_IMPORT.test(text)) {
    throw compileError("A stored procedure cannot import modules: remove `import(` from its text.");
  }
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: "afterEvaluate",
  });
  const prologue = isDeterministic ? DETERMINISTIC_PROLOGUE : PROLOGUE;
  const entry = prologue.runInContext(context) as RealmEntry;
  try {
    const program = vm.compileFunction(`return (\n${text.replace(/[;\s]+$/, "")}\n)`, [], {
      parsingContext: context,
      filename: "script.js",
      lineOffset: -1,
    }) as () => unknown;
    return { entry, program, settlePromises: () => NOTHING.runInContext(context) };
  } catch (error) {
    const reason = (error as { message?: unknown } | undefined)?.message;
    throw compileError(`SyntaxError: ${String(reason)}`);
  }
};

/** `import` with anything behind it but a plain property or word, wherever it stands. */
const DYNAMIC_IMPORT = /(?<![\w$])import[\s\ufeff]*[(./<-]/;

const PROLOGUE = new vm.Script(prologueText(false), { filename: "prologue.js" });
const DETERMINISTIC_PROLOGUE = new vm.Script(prologueText(true), { filename: "prologue.js" });
const NOTHING = new vm.Script("0");

const compileError = (reason: string): CosmosError =>
  badRequest(
    JSON.stringify({
      Errors: [`Encountered exception while compiling Javascript. Exception = ${reason}`],
    }),
    { substatus: COMPILE_FAILED },
  );

/** Compiled scripts by their text. */
export type ScriptCache = {
  find(text: string): CompiledScript;
  /** Forgets a script whose realm is not as it was. */
  giveBack(text: string, script: CompiledScript): void;
};

/** Scripts that stay compiled, each in a realm of about a megabyte. */
const MAX_COMPILED = 32;

/**
 * Keeps compiled scripts for the next execution: a new realm costs a millisecond, a call in a known
 * one microseconds. Realms are locked when they open, so nothing of one execution reaches the
 * next; a script that has put something on the global object gets a new realm.
 *
 * shape   isDeterministic: scripts get time and chance from the arguments of the execution only
 */
export const createScriptCache = (isDeterministic = false): ScriptCache => {
  const compiled = new Map<string, CompiledScript>();
  return {
    find(text) {
      const known = compiled.get(text);
      const script = known ?? compileScript(text, isDeterministic);
      compiled.delete(text);
      compiled.set(text, script);
      for (const oldest of compiled.keys()) {
        if (compiled.size <= MAX_COMPILED) break;
        compiled.delete(oldest);
      }
      return script;
    },
    giveBack(text, script) {
      if (script.entry.isClean() !== true) compiled.delete(text);
    },
  };
};
