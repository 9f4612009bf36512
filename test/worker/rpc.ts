import { randomUUID } from "node:crypto";

/**
 * What the Functions host and its Node worker say to each other, as far as functions see it.
 *
 * source  FunctionRpc.proto of azure-functions-language-worker-protobuf, and the worker's converters
 */
export type TypedData =
  | { readonly json: string }
  | { readonly string: string }
  | { readonly bytes: Uint8Array }
  | { readonly http: RpcHttp };

export type RpcHttp = {
  readonly method: string;
  readonly url: string;
  readonly nullableHeaders: NullableMap;
  readonly nullableParams: NullableMap;
  readonly nullableQuery: NullableMap;
  readonly body?: TypedData;
};
type NullableMap = Readonly<Record<string, { readonly value: string }>>;

export type RetryContext = {
  readonly retryCount: number;
  readonly maxRetryCount: number;
  readonly exception?: { readonly message: string; readonly stackTrace: string };
};

export type InvocationRequest = {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: object;
  readonly retryContext?: RetryContext;
};

/** The trigger's part of an invocation; the worker's host adds ids and names. */
export type TriggerInput = Pick<InvocationRequest, "triggerMetadata"> & {
  readonly data: TypedData;
  readonly retryContext?: RetryContext;
};

export type ToWorker =
  | { readonly kind: "workerInitRequest"; readonly functionAppDirectory: string }
  | ({ readonly kind: "invocationRequest" } & InvocationRequest)
  | { readonly kind: "invocationCancel"; readonly invocationId: string }
  | { readonly kind: "workerTerminate" };

export type Result =
  | { readonly status: "Success" }
  | {
      readonly status: "Failure";
      readonly exception: { readonly message: string; readonly stackTrace: string };
    };

/** A function as the host gets to know it: bindings are texts, as in `rawBindings`. */
export type FunctionMetadata = {
  readonly functionId: string;
  readonly rawBindings: readonly string[];
  readonly retryOptions?: object | undefined;
};

export type FromWorker =
  | {
      readonly kind: "workerInitResponse";
      readonly result: Result;
      readonly capabilities: Readonly<Record<string, string>>;
      readonly functions: readonly FunctionMetadata[];
    }
  | {
      readonly kind: "invocationResponse";
      readonly invocationId: string;
      readonly result: Result;
      readonly returnValue?: unknown;
    }
  | { readonly kind: "rpcLog"; readonly level: string; readonly message: string };

/** A batch of the Cosmos DB trigger: one JSON array. */
export const cosmosBatch = (
  documents: readonly object[],
  retryContext?: RetryContext,
): TriggerInput => ({
  data: { json: JSON.stringify(documents) },
  triggerMetadata: { sys: { json: JSON.stringify(systemFacts("processRequests")) } },
  ...(retryContext && { retryContext }),
});

/** A timer's input; names begin with capitals here, the library changes that. */
export const timerRing = (): TriggerInput => ({
  data: {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: "0001-01-01T00:00:00+00:00",
        Next: new Date(Date.now() + 5_000).toISOString(),
        LastUpdated: "0001-01-01T00:00:00+00:00",
      },
      IsPastDue: false,
    }),
  },
  triggerMetadata: { sys: { json: JSON.stringify(systemFacts("sweep")) } },
});

export type HttpCall = {
  readonly method: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
};

/** An HTTP request, without streaming: everything is in the message. */
export const httpCall = ({ method, path, params = {}, body }: HttpCall): TriggerInput => {
  const url = new URL(path, "https://func-todos.azurewebsites.net");
  const headers = body ? { "content-type": "application/json" } : {};
  return {
    data: {
      http: {
        method,
        url: url.href,
        nullableHeaders: nullable({ host: url.host, ...headers }),
        nullableParams: nullable(params),
        nullableQuery: nullable(Object.fromEntries(url.searchParams)),
        ...(body && { body: { bytes: Buffer.from(JSON.stringify(body)) } }),
      },
    },
    triggerMetadata: {},
  };
};

const nullable = (values: Readonly<Record<string, string>>): NullableMap =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));

const systemFacts = (MethodName: string): object => ({
  MethodName,
  UtcNow: new Date().toISOString(),
  RandGuid: randomUUID(),
});
