import type { CompositeIndex } from "../sql/source.ts";
import type { ScriptCall, ScriptResult } from "./run-script.ts";

/** One execution on its way to a script process. */
export type ScriptOrder = {
  readonly call: Omit<ScriptCall, "script">;
  /** Number of the script between these two processes. */
  readonly script: number;
  /** Its text, the first time. */
  readonly text?: string;
  /** Begin the numbers anew. */
  readonly forget: boolean;
  readonly table: string;
  readonly compositeIndexes: readonly CompositeIndex[];
};

/** What a script process answers; `ready` once, before anything else. */
export type ScriptAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly result: ScriptResult }
  | {
      readonly kind: "failed";
      readonly status: number;
      readonly code: string;
      readonly substatus: number;
      readonly message: string;
    };
