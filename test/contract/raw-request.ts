import { createHmac } from "node:crypto";
import { request } from "node:http";
import { request as secureRequest } from "node:https";

export type SignedRequest = {
  readonly method: string;
  /** Sent as it is. */
  readonly path: string;
  /** Resource type and link to sign: `["docs", "dbs/d/colls/c"]`; none: unsigned. */
  readonly sign?: readonly [type: string, link: string];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly date?: Date;
};

export type RawResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Sends one request exactly as given, without what an SDK would add or mend. */
export const rawRequest = (
  { endpoint, key }: { readonly endpoint: string; readonly key: string },
  { method, path, sign, headers = {}, body, date = new Date() }: SignedRequest,
): Promise<RawResponse> => {
  const { protocol, hostname, port } = new URL(endpoint);
  const authorization = sign ? { authorization: signature(key, method, sign, date) } : {};
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const options = {
    hostname,
    port,
    path,
    method,
    headers: {
      "x-ms-version": "2020-07-15",
      "x-ms-date": date.toUTCString(),
      ...authorization,
      ...length,
      ...headers,
    },
  };
  const send = protocol === "https:" ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const outgoing = send(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string>,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
};

const signature = (
  key: string,
  method: string,
  [type, link]: readonly [string, string],
  date: Date,
): string => {
  const payload = `${method.toLowerCase()}\n${type}\n${link}\n${date.toUTCString().toLowerCase()}\n\n`;
  const hash = createHmac("sha256", Buffer.from(key, "base64")).update(payload).digest("base64");
  return encodeURIComponent(`type=master&ver=1.0&sig=${hash}`);
};
