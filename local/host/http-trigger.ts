import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import type { RegisteredFunction } from "./core-api.ts";
import { type HttpRoute, matchRoute, parseRoute } from "./http-route.ts";
import type { FunctionInvoker } from "./invoke-function.ts";
import { METRICS_PATH } from "./local-metrics.ts";
import type { HttpTrigger } from "./trigger.ts";

/** A function that HTTP requests reach. */
export type HttpFunction = { readonly registered: RegisteredFunction; readonly route: HttpRoute };

/** The largest body, in bytes: the default of FUNCTIONS_REQUEST_BODY_SIZE_LIMIT in Azure. */
export const MAX_BODY_BYTES = 104_857_600;

/** Reads where an HTTP function is reached; without a route, it is the function's name. */
export const httpFunction = (
  registered: RegisteredFunction,
  trigger: HttpTrigger,
  routePrefix: string,
): HttpFunction => {
  const route = trigger.route ?? registered.metadata.name;
  return {
    registered,
    route: parseRoute(`${routePrefix}/${route}`, trigger.methods ?? ["GET", "POST"]),
  };
};

/**
 * Makes the HTTP server of the host; the caller lets it listen.
 *
 * shape   404 for an unknown route or method, 500 without details if the function fails, as in Azure;
 *         `authLevel` means nothing here, since only this machine can reach the host
 */
export const createHttpServer = (
  functions: readonly HttpFunction[],
  invoke: FunctionInvoker,
  showMetrics: () => Promise<string>,
) =>
  createServer((request, response) => {
    if (request.method === "GET" && request.url === METRICS_PATH) {
      showMetrics().then((text) => response.setHeader("Content-Type", "text/plain").end(text));
      return;
    }
    answer(functions, invoke, { request, response }).catch((error: unknown) => {
      // The connection is gone, or the response was not one that HTTP can carry.
      if (response.headersSent) response.destroy(error as Error);
      else endWith(response, 500);
    });
  });

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

const answer = async (
  functions: readonly HttpFunction[],
  invoke: FunctionInvoker,
  { request, response }: Exchange,
): Promise<void> => {
  const found = find(functions, request);
  if (!found) return endWith(response, 404);
  const body = await readBody(request);
  if (!body) return endWith(response, 413);
  const end = await invoke(found.registered, {
    data: { http: { ...describe(request), params: found.params, body: { bytes: body } } },
  });
  if (end.kind === "failed") return endWith(response, 500);
  writeReturned(response, end.returnValue);
};

const find = (functions: readonly HttpFunction[], { method = "", url = "/" }: IncomingMessage) => {
  const path = (url.split("?")[0] ?? "").split("/").filter(Boolean);
  // Literal parts win over parameters: `todos/newest` before `todos/{id}`.
  const specificFirst = functions.toSorted((one, other) => literals(other) - literals(one));
  for (const { registered, route } of specificFirst) {
    const params = route.methods.includes(method) ? matchRoute(route, path) : undefined;
    if (params) return { registered, params };
  }
  return undefined;
};

const literals = ({ route }: HttpFunction): number =>
  route.parts.filter(({ kind }) => kind === "literal").length;

const describe = ({ method, url, headers }: IncomingMessage) => ({
  method,
  url: `http://${headers.host ?? "127.0.0.1"}${url}`,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]),
  ),
});

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  // An unread rest of the body must not end the connection before the answer is out.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bodyBytes += chunk.length;
    if (bodyBytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const RpcHttp = t.type({
  http: t.intersection([
    t.type({ statusCode: t.string, headers: t.record(t.string, t.string) }),
    t.partial({ cookies: t.readonlyArray(t.unknown), body: t.unknown }),
  ]),
});

const writeReturned = (response: ServerResponse, returnValue: unknown): void => {
  if (returnValue === undefined || returnValue === null) {
    endWith(response, 204);
    return;
  }
  const decoded = RpcHttp.decode(returnValue);
  if (E.isLeft(decoded)) throw new Error("The library answered with something that is not HTTP");
  const { statusCode, headers, cookies, body } = decoded.right.http;
  if (cookies && cookies.length > 0) {
    response.setHeader("x-local-host-error", "the local host sends no cookies");
    endWith(response, 501);
    return;
  }
  const { bytes } = (body ?? {}) as { readonly bytes?: Uint8Array };
  response.writeHead(Number(statusCode), headers).end(bytes);
};

const endWith = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { "content-length": "0" }).end();
};
