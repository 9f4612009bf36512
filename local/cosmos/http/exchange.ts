import type { IncomingHttpHeaders } from "node:http";
import type { CosmosError } from "../cosmos-error.ts";
import type { ScriptHost } from "../scripts/script-host.ts";
import type { Store } from "../store/store.ts";

/** One request on its way to an operation. */
export type CosmosRequest = {
  readonly method: string;
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly account: Account;
};

/** What the operations of one server share. */
export type Account = {
  readonly store: Store;
  readonly scripts: ScriptHost;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Aborted when the server closes; ends long polls. */
  readonly closing: AbortSignal;
  readonly described?: AccountDescription | undefined;
};

/** What the account says of itself in place of what it is; it behaves the same. */
export type AccountDescription = {
  readonly defaultConsistency?: string;
  readonly hasSeveralWriteRegions?: boolean;
};

/** What an operation answers. */
export type CosmosResponse = {
  readonly status: number;
  /** Names and values in turn, without those that every response has. */
  readonly headers: readonly string[];
  /** JSON text; absent for 204 and 304. */
  readonly body?: string;
  readonly chargeRu: number;
};

export type Operation = (request: CosmosRequest) => CosmosResponse | Promise<CosmosResponse>;

/** Turns an error of an operation into what the wire shows. */
export const errorResponse = (error: CosmosError): CosmosResponse => ({
  status: error.status,
  headers: error.substatus === 0 ? [] : ["x-ms-substatus", String(error.substatus)],
  body: JSON.stringify({
    code: error.code,
    message: error.message,
    additionalErrorInfo: error.additionalErrorInfo,
  }),
  chargeRu: 1,
});
