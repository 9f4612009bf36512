import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** An address in front of a server where whoever comes with the key comes as an identity. */
export type IdentityEndpoint = {
  readonly connectionString: string;
  /** What came by, such as `PUT /dbs/todos/colls/leases/docs/a 200`. */
  readonly seen: readonly string[];
};

/**
 * Runs with such an address: programs that know keys only are seen with an identity's roles.
 *
 * shape   token: for the identity, as the embedded server issues it
 */
export const withIdentityEndpoint = async <A>(
  { connectionString, token }: { readonly connectionString: string; readonly token: string },
  use: (endpoint: IdentityEndpoint) => Promise<A>,
): Promise<A> => {
  const target = /AccountEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? "";
  const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url = "/" } = incoming;
    const headers = { ...incoming.headers, authorization };
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      seen.push(`${method} ${url} ${answer.statusCode}`);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const own = connectionString.replace(target, `http://127.0.0.1:${port}/`);
    return await use({ connectionString: own, seen });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
};
