import type { Limits } from "./inside/execution.ts";

/**
 * What one execution may use.
 *
 * source  5 s: learn.microsoft.com/azure/cosmos-db/nosql/stored-procedures-triggers-udfs; the size
 *         of the log is not published, ours fits into the 16 KB of headers that Node's client
 *         accepts
 */
export const SCRIPT_LIMITS: ScriptLimits = {
  operations: 100_000,
  writes: 1_000,
  writtenCharacters: 16 * 1024 * 1024,
  acceptForMs: 4_000,
  responseCharacters: 2 * 1024 * 1024,
  logCharacters: 8 * 1024,
};

/**
 * `operations`: after so many the script's next one is not accepted (tests of refusals set it).
 * `writes`: also how many numbers to reserve for documents that an execution may create.
 */
export type ScriptLimits = Limits;

/** Time after which an execution is ended and rolled back. */
export const MAX_SCRIPT_MS = 5_000;

/** Heap of a script process. */
export const MAX_SCRIPT_HEAP_MB = 192;

/** Bytes of one item as JSON; https://learn.microsoft.com/azure/cosmos-db/concepts-limits */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
