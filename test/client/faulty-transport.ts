import { setTimeout as sleep } from "node:timers/promises";
import { createUndiciTransport, type UndiciTransport } from "../../client/undici-transport.ts";

export type Request = Parameters<UndiciTransport["sendRequest"]>[0];
type Response = Awaited<ReturnType<UndiciTransport["sendRequest"]>>;

/**
 * What happens to a request on its way.
 *
 * lost      it never arrives
 * unheard   it arrives and takes effect, and the answer is lost
 * refused   the service answers with this status instead of doing it
 * hangs     no answer ever comes
 */
export type Fault =
  | { readonly kind: "lost"; readonly afterMs?: number }
  | { readonly kind: "unheard" | "hangs" }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly substatus?: number;
      readonly retryAfterMs?: number;
    };

/** Makes a transport between client and server in which things go wrong. */
export const createFaultyTransport = (
  faultOf: (request: Request) => Fault | undefined,
): UndiciTransport => {
  const inner = createUndiciTransport();
  return {
    destroy: inner.destroy,
    sendRequest: async (request) => {
      const fault = faultOf(request);
      if (!fault) return inner.sendRequest(request);
      if (fault.kind === "hangs") return new Promise<never>(() => undefined);
      if (fault.kind === "lost") await sleep(fault.afterMs ?? 0);
      if (fault.kind === "unheard") await inner.sendRequest(request);
      if (fault.kind !== "refused") {
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      }
      return refusal(inner, request, fault);
    },
  };
};

/** Has this request the mark of a write of items, alone, as batch or as bulk? */
export const isItemWrite = ({ method, url, headers }: Request): boolean =>
  method === "POST" &&
  url.endsWith("/docs") &&
  !headers.has("x-ms-documentdb-isquery") &&
  !headers.has("x-ms-cosmos-is-query-plan-request");

const refusal = async (
  inner: UndiciTransport,
  request: Request,
  { status, substatus, retryAfterMs }: Extract<Fault, { kind: "refused" }>,
): Promise<Response> => {
  // A real answer lends its headers; an address without a resource has no effect.
  const lent = await inner.sendRequest({
    ...request,
    method: "GET",
    url: new URL("/", request.url).href,
  });
  if (substatus) lent.headers.set("x-ms-substatus", substatus);
  if (retryAfterMs) lent.headers.set("x-ms-retry-after-ms", retryAfterMs);
  return {
    ...lent,
    status,
    bodyAsText: JSON.stringify({ code: "Refused", message: "refused by the test" }),
  };
};
