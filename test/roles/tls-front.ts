import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { variantOf } from "../../local/cosmos/http/routes.ts";
import { createCertificate } from "./self-signed-certificate.ts";

/** One for all servers of this process, which trusts it from now on. */
export const CERTIFICATE = createCertificate();
setDefaultCACertificates([...getCACertificates(), CERTIFICATE.cert]);

export type TlsFront = {
  readonly endpoint: string;
  /** What came by: `POST /dbs/todos/colls/items/docs query 200`. */
  readonly seen: readonly string[];
  readonly close: () => Promise<void>;
};

/** Ends TLS in front of a plain server: tokens of identities are sent over TLS only. */
export const startTlsFront = async (plainEndpoint: string): Promise<TlsFront> => {
  const { hostname, port } = new URL(plainEndpoint);
  const agent = new Agent({ keepAlive: true });
  const seen: string[] = [];
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method, url: path } = incoming;
    const headers = { ...incoming.headers, "x-forwarded-proto": "https" };
    const inner = request({ hostname, port, agent, method, path, headers }, (answer) => {
      seen.push(`${method} ${path}${variantOf(method ?? "", headers)} ${answer.statusCode}`);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    inner.on("error", () => outgoing.destroy());
    incoming.on("close", () => {
      if (!incoming.complete) inner.destroy();
    });
    incoming.pipe(inner);
  };
  const server = createServer(CERTIFICATE, forward);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    seen,
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
};
