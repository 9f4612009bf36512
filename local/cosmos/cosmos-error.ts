type Details = { readonly substatus?: number; readonly additionalErrorInfo?: string };

/**
 * An answer of the service that is not a success, on its way to the wire.
 *
 * units   status: HTTP; substatus: the `x-ms-substatus` header, 0 when the service sends none
 * source  https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb
 */
export class CosmosError extends Error {
  readonly status: number;
  readonly code: string;
  readonly substatus: number;
  readonly additionalErrorInfo: string | undefined;

  constructor(status: number, code: string, message: string, details: Details = {}) {
    super(message);
    this.name = "CosmosError";
    this.status = status;
    this.code = code;
    this.substatus = details.substatus ?? 0;
    this.additionalErrorInfo = details.additionalErrorInfo;
  }
}

export const badRequest = (message: string, details?: Details): CosmosError =>
  new CosmosError(400, "BadRequest", message, details);

export const unauthorized = (message: string, substatus: number): CosmosError =>
  new CosmosError(401, "Unauthorized", message, { substatus });

export const forbidden = (message: string, substatus: number): CosmosError =>
  new CosmosError(403, "Forbidden", message, { substatus });

export const notFound = (
  message = "Entity with the specified id does not exist in the system.",
  substatus = 0,
): CosmosError => new CosmosError(404, "NotFound", message, { substatus });

export const requestTimeout = (
  message = "The requested operation exceeded maximum alloted time.",
): CosmosError => new CosmosError(408, "RequestTimeout", message);

export const conflict = (
  message = "Entity with the specified id already exists in the system.",
): CosmosError => new CosmosError(409, "Conflict", message);

export const gone = (message: string, substatus: number): CosmosError =>
  new CosmosError(410, "Gone", message, { substatus });

export const preconditionFailed = (
  message = "Operation cannot be performed because one of the specified precondition is not met.",
): CosmosError => new CosmosError(412, "PreconditionFailed", message);

export const tooLarge = (message = "Request size is too large"): CosmosError =>
  new CosmosError(413, "RequestEntityTooLarge", message);

export const retryWith = (
  message = "Conflicting request to resource has been attempted. Retry to avoid conflicts.",
): CosmosError => new CosmosError(449, "RetryWith", message);

/** Names a feature of the service that this server does not have, instead of pretending. */
export const notImplemented = (feature: string): CosmosError =>
  new CosmosError(501, "NotImplemented", `The embedded server does not implement ${feature}.`);
