import type { Answer } from "./link.ts";

/** Makes an error as the SDK does of an answer that is not a success. */
export const responseError = (status: number, answer?: Answer): Error & { code: number } => {
  const headers = answer?.headers ?? {};
  const body = answer?.body as { readonly message?: string } | undefined;
  const retryAfter = headers["x-ms-retry-after-ms"];
  const fields = {
    code: status,
    body,
    headers,
    ...(headers["x-ms-substatus"] && { substatus: Number(headers["x-ms-substatus"]) }),
    ...(retryAfter && { retryAfterInMs: Number(retryAfter) }),
  };
  return Object.assign(new Error(body?.message ?? `Cosmos DB answered ${status}`), fields);
};

/** Makes an error as the SDK passes on from the network. */
export const connectionError = (code: string): Error & { code: string } =>
  Object.assign(new Error(`The connection failed: ${code}`), { code });
