/**
 * What a failed call to Cosmos DB means for its caller.
 *
 * shape   transient: call again, after retryAfterMs if it is known; `effect` says if it may have
 *         taken effect all the same. conflict: the item is there already. wrong: calling again
 *         cannot help
 * source  ARCHITECTURE.md, errors
 */
export type Failure =
  | {
      readonly kind: "transient";
      readonly effect: "none" | "unknown";
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: "conflict" }
  | { readonly kind: "wrong" };

/** Status and substatus of an answer of Cosmos DB, as far as an error carries them. */
export type Status = {
  readonly code: number | string | undefined;
  readonly substatus: number | undefined;
  readonly retryAfterMs: number | undefined;
};

/** Reads the status out of whatever the SDK threw. */
export const statusOf = (error: unknown): Status => {
  const fields = (typeof error === "object" && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly substatus?: unknown;
    readonly retryAfterInMs?: unknown;
    readonly headers?: Readonly<Record<string, unknown>>;
  };
  const { code } = fields;
  return {
    code: typeof code === "number" || typeof code === "string" ? code : undefined,
    // The change feed iterator of the SDK drops these two and keeps the headers.
    substatus: numberIn(fields.substatus ?? fields.headers?.["x-ms-substatus"]),
    retryAfterMs: numberIn(fields.retryAfterInMs ?? fields.headers?.["x-ms-retry-after-ms"]),
  };
};

/** Says what the caller must do about a failed call. */
export const classifyFailure = (error: unknown): Failure => classifyStatus(statusOf(error));

/** Says the same for the status of one operation inside a batch. */
export const classifyStatus = ({ code, substatus, retryAfterMs }: Status): Failure => {
  if (code === 409) return { kind: "conflict" };
  if (code === 404 && substatus === COLLECTION_CREATE_IN_PROGRESS) return nothingDone(retryAfterMs);
  if (NOTHING_DONE.has(code)) return nothingDone(retryAfterMs);
  if (EFFECT_UNKNOWN.has(code)) return { kind: "transient", effect: "unknown", retryAfterMs };
  return { kind: "wrong" };
};

const COLLECTION_CREATE_IN_PROGRESS = 1013;

const NOTHING_DONE: ReadonlySet<unknown> = new Set([
  410,
  424,
  429,
  449,
  503,
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

const EFFECT_UNKNOWN: ReadonlySet<unknown> = new Set([
  408,
  500,
  502,
  504,
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "TimeoutError",
  "REQUEST_SEND_ERROR",
]);

const nothingDone = (retryAfterMs: number | undefined): Failure => ({
  kind: "transient",
  effect: "none",
  retryAfterMs,
});

const numberIn = (value: unknown): number | undefined => {
  const number = typeof value === "string" ? Number.parseFloat(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
};
