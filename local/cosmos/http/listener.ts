import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CosmosError, tooLarge } from "../cosmos-error.ts";
import type { CosmosResponse } from "./exchange.ts";
import { errorResponse } from "./exchange.ts";

/** Bytes of a request's body: 2 MiB of item or batch, and what JSON escapes add to it. */
const MAX_BODY_BYTES = 2 * 1024 * 1024 + 512 * 1024;
/** Bytes that are read and thrown away so that a client with too much to say can read its 413. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const KEEP_ALIVE_MS = 120_000;
const CLOSE_GRACE_MS = 2_000;
const CLOSE_IDLE_INTERVAL_MS = 20;
const VERSION = "version=2.14.0";

export type Answer = (
  incoming: IncomingMessage,
  body: Buffer,
) => CosmosResponse | Promise<CosmosResponse>;

export type Listener = { readonly port: number; readonly close: () => Promise<void> };

/**
 * Listens for HTTP requests and writes what `answer` says.
 *
 * errors  an Error that names the port when it is taken
 */
export const listen = async (
  address: { readonly host: string; readonly port: number },
  answer: Answer,
): Promise<Listener> => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    receive(incoming, outgoing, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
    server.listen(address.port, address.host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
};

const listenError = (
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): Error => {
  if (error.code === "EADDRINUSE") {
    return new Error(
      `Port ${port} on ${host} is in use: stop what listens there, or choose another.`,
    );
  }
  return new Error(`The server cannot listen on ${host}:${port} (${error.message}).`);
};

/** Lets requests under way finish for a while, then cuts what is left. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    const closeIdle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(closeIdle);
      resolve();
    });
  });

const receive = (incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): void => {
  const { headers } = incoming;
  const length = headers["content-length"];
  if ((length === undefined || length === "0") && !headers["transfer-encoding"]) {
    respond(incoming, outgoing, { answer, body: NO_BODY }).catch(() => outgoing.destroy());
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (bytes > MAX_DISCARDED_BYTES) incoming.destroy();
    else chunks.length = 0;
  });
  incoming.on("end", () => {
    const body = bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks, bytes) : undefined;
    respond(incoming, outgoing, { answer, body }).catch(() => outgoing.destroy());
  });
};

const NO_BODY = Buffer.alloc(0);

const respond = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { answer, body }: { readonly answer: Answer; readonly body: Buffer | undefined },
): Promise<void> => {
  let response: CosmosResponse;
  try {
    if (!body) throw tooLarge();
    response = await answer(incoming, body);
  } catch (error) {
    response = errorResponse(error instanceof CosmosError ? error : internalError(error));
  }
  write(incoming, outgoing, response);
};

const internalError = (error: unknown): CosmosError => {
  console.error(error);
  return new CosmosError(
    500,
    "InternalServerError",
    `The embedded server failed: ${error instanceof Error ? error.message : String(error)}`,
  );
};

/** Writes status, headers and body at once; every body is JSON with its length. */
const write = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: CosmosResponse,
): void => {
  const { body = "" } = response;
  const bodyBytes = Buffer.byteLength(body);
  const activityId = incoming.headers["x-ms-activity-id"];
  const headers = [
    "x-ms-request-charge",
    response.chargeRu.toFixed(2),
    "x-ms-activity-id",
    typeof activityId === "string" ? activityId : randomUUID(),
    "x-ms-gatewayversion",
    VERSION,
    "x-ms-serviceversion",
    VERSION,
    ...response.headers,
  ];
  if (response.status !== 304 && response.status !== 204) {
    headers.push("content-type", "application/json", "content-length", String(bodyBytes));
  }
  outgoing.writeHead(response.status, headers);
  // Plain ASCII is the same in both, and Latin-1 is written several times as fast.
  outgoing.end(body, bodyBytes === body.length ? "latin1" : "utf8");
};
