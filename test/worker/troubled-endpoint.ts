import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a request to Cosmos DB. */
export type Trouble =
  | "none"
  | "hangs up"
  | "answers nonsense"
  | "never answers"
  | "answer lost"
  | { readonly status: number; readonly substatus?: number };

/** What a request asks: to execute a stored procedure, what the account is, or something else. */
export type Asked = { readonly isScript: boolean; readonly isAccount: boolean };

/** An address in front of a Cosmos DB server, which does to each request as it is told. */
export type TroubledEndpoint = {
  readonly connectionString: string;
  /** Decides over each request to come. */
  decide: (asked: Asked) => Trouble;
  readonly close: () => Promise<void>;
};

/** Opens such an address in front of the server that a connection string names. */
export const openTroubledEndpoint = async (connectionString: string): Promise<TroubledEndpoint> => {
  const target = /AccountEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? "";
  const server = createServer((incoming, outgoing) => {
    const isScript = incoming.method === "POST" && /\/sprocs\/[^/]+$/.test(incoming.url ?? "");
    const isAccount = incoming.url === "/";
    meet(endpoint.decide({ isScript, isAccount }), { incoming, outgoing, target });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint: TroubledEndpoint = {
    connectionString: connectionString.replace(target, `http://127.0.0.1:${port}/`),
    decide: () => "none",
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
};

type Exchange = {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: string;
};

const meet = (trouble: Trouble, { incoming, outgoing, target }: Exchange): void => {
  const then = (act: () => void): void => void incoming.resume().on("end", act);
  if (trouble === "none") {
    forward({ incoming, outgoing, target }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
  } else if (trouble === "answer lost") {
    forward({ incoming, outgoing, target }, (answer) => {
      answer.resume().on("end", () => outgoing.destroy());
    });
  } else if (trouble === "hangs up") then(() => outgoing.destroy());
  else if (trouble === "answers nonsense") then(() => outgoing.end("<html>It works!</html>"));
  else if (trouble === "never answers") incoming.resume();
  else then(() => refuse(outgoing, trouble));
};

const refuse = (
  outgoing: ServerResponse,
  { status, substatus = 0 }: { readonly status: number; readonly substatus?: number },
): void => {
  outgoing.writeHead(status, {
    "content-type": "application/json",
    "x-ms-substatus": String(substatus),
    "x-ms-retry-after-ms": "20",
    "x-ms-activity-id": "00000000-0000-4000-8000-000000000000",
    "x-ms-request-charge": "0",
  });
  outgoing.end(JSON.stringify({ code: String(status), message: `It is a ${status}.` }));
};

/** The signature covers no address, and the server names itself by the Host header it is given. */
const forward = (
  { incoming, outgoing, target }: Exchange,
  answered: (answer: IncomingMessage) => void,
): void => {
  const { method, headers, url = "/" } = incoming;
  const onward = request(new URL(url, target), { method, headers }, answered);
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
};
