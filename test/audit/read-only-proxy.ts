import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A door to a server through which only what a reader's role allows comes. */
export type ReadOnlyProxy = {
  readonly connectionString: string;
  /** Names of the operations that came through. */
  readonly operations: ReadonlySet<string>;
  /** What was refused with 403. */
  readonly refused: string[];
  readonly close: () => Promise<void>;
};

export type ProxyOptions = {
  readonly endpoint: string;
  readonly key: string;
  /** Awaited before a page of the change feed is asked for; where it rejects, 503 is the answer. */
  readonly beforeFeedPage?: () => Promise<void>;
};

/** Opens the door: everything that is not in the list of a reader's operations is refused. */
export const startReadOnlyProxy = async ({
  endpoint,
  key,
  beforeFeedPage,
}: ProxyOptions): Promise<ReadOnlyProxy> => {
  const operations = new Set<string>();
  const refused: string[] = [];
  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const operation = operationOf(asked);
    if (operation === undefined) {
      refused.push(`${asked.method} ${asked.url}`);
      refuse(asked, response, 403);
      return;
    }
    operations.add(operation);
    try {
      if (operation === "read change feed") await beforeFeedPage?.();
    } catch {
      refuse(asked, response, 503);
      return;
    }
    forward(asked, response, endpoint);
  };
  const server = createServer((asked, response) => void answer(asked, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `AccountEndpoint=http://127.0.0.1:${port}/;AccountKey=${key};`,
    operations,
    refused,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const OPERATIONS: readonly (readonly [string, string, RegExp])[] = [
  ["read account", "GET", /^\/$/],
  ["read container", "GET", /^\/dbs\/[^/]+\/colls\/[^/]+$/],
  ["list physical partitions", "GET", /^\/dbs\/[^/]+\/colls\/[^/]+\/pkranges$/],
  ["read item", "GET", /^\/dbs\/[^/]+\/colls\/[^/]+\/docs\/[^/]+$/],
];
const ITEMS = /^\/dbs\/[^/]+\/colls\/[^/]+\/docs$/;

const operationOf = ({ method, url, headers }: IncomingMessage): string | undefined => {
  const path = (url ?? "").replace(/(?<=.)\/$/, "");
  const simple = OPERATIONS.find(([, verb, pattern]) => method === verb && pattern.test(path));
  if (simple) return simple[0];
  if (!ITEMS.test(path)) return undefined;
  if (method === "GET" && headers["a-im"] !== undefined) return "read change feed";
  if (method !== "POST") return undefined;
  const isSet = (header: string): boolean => String(headers[header]).toLowerCase() === "true";
  if (isSet("x-ms-documentdb-isquery")) return "query items";
  return isSet("x-ms-cosmos-is-query-plan-request") ? "plan query" : undefined;
};

const refuse = (asked: IncomingMessage, response: ServerResponse, status: number): void => {
  asked.resume();
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`{"code":"${status}","message":"The door of the tests refuses this."}`);
};

const forward = (asked: IncomingMessage, response: ServerResponse, endpoint: string): void => {
  const { method, headers } = asked;
  const forwarded = request(
    new URL(asked.url ?? "/", endpoint),
    { method, headers },
    (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    },
  );
  forwarded.on("error", () => response.destroy());
  asked.pipe(forwarded);
};
