/** What Cosmos DB answers to one operation of a batch. */
export type OperationResult = {
  readonly statusCode: number;
  readonly subStatusCode?: number;
  readonly retryAfterMilliseconds?: number;
};

export const isSuccess = (statusCode: number): boolean => statusCode >= 200 && statusCode < 300;

/** Makes an error with the fields of the SDK's own errors out of one operation's result. */
export const operationError = (result: OperationResult | undefined): Error =>
  Object.assign(
    new Error(`Cosmos DB answered ${result?.statusCode ?? "nothing"} to one operation`),
    {
      code: result?.statusCode ?? 503,
      substatus: result?.subStatusCode,
      retryAfterInMs: result?.retryAfterMilliseconds,
    },
  );
