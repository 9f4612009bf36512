import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An address in front of a server that refuses some creates as Azure does beyond the throughput. */
export type ThrottledEndpoint = {
  readonly connectionString: string;
  /** Answers this many of the next creates with 429. */
  readonly throttle: (creates: number) => void;
};

const RETRY_AFTER_MS = 20;
/** Substatus of a request rate that is too large. */
const TOO_MANY_REQUESTS = "3200";

/** Runs with such an address in front of the server that a connection string names. */
export const withThrottledEndpoint = async <A>(
  connectionString: string,
  use: (endpoint: ThrottledEndpoint) => Promise<A>,
): Promise<A> => {
  const target = /AccountEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? "";
  let throttled = 0;
  const server = createServer((incoming, outgoing) => {
    if (throttled > 0 && isCreate(incoming)) {
      throttled -= 1;
      incoming.resume().on("end", () => refuse(outgoing));
    } else {
      forward(incoming, outgoing, target);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await use({
      connectionString: connectionString.replace(target, `http://127.0.0.1:${port}/`),
      throttle: (creates) => {
        throttled = creates;
      },
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
};

const isCreate = ({ method, headers }: IncomingMessage): boolean =>
  method === "POST" && headers["x-ms-documentdb-isquery"] === undefined;

const refuse = (outgoing: ServerResponse): void => {
  outgoing.writeHead(429, {
    "content-type": "application/json",
    "x-ms-substatus": TOO_MANY_REQUESTS,
    "x-ms-retry-after-ms": String(RETRY_AFTER_MS),
    "x-ms-activity-id": "00000000-0000-4000-8000-000000000429",
    "x-ms-request-charge": "0",
  });
  outgoing.end('{"code":"429","message":"Request rate is large."}');
};

/** The signature covers no address, and the server names itself by the Host header it is given. */
const forward = (incoming: IncomingMessage, outgoing: ServerResponse, target: string): void => {
  const { method, headers, url = "/" } = incoming;
  const onward = request(new URL(url, target), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
};
