import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Answers what the SDK needs to create items, at once, and stores nothing: what the client alone can
 * do. Prints its endpoint.
 */
const CONTAINER = { id: "items", _rid: "AQAAAIAAAAE=", partitionKey: { paths: ["/projectId"] } };

const account = (host: string): object => {
  const location = [{ name: "Local", databaseAccountEndpoint: `http://${host}/` }];
  return {
    id: "null",
    _rid: "null",
    writableLocations: location,
    readableLocations: location,
    enableMultipleWriteLocations: false,
    userConsistencyPolicy: { defaultConsistencyLevel: "Session" },
    queryEngineConfiguration: "{}",
  };
};

const range = { id: "0", minInclusive: "", maxExclusive: "FF", parents: [], status: "online" };

const answerTo = (request: IncomingMessage, body: string): { status: number; body: object } => {
  const { method, url = "/", headers } = request;
  if (url === "/") return { status: 200, body: account(headers.host ?? "127.0.0.1") };
  if (url.endsWith("/pkranges")) return { status: 200, body: { PartitionKeyRanges: [range] } };
  if (method === "GET") return { status: 200, body: CONTAINER };
  if (headers["x-ms-cosmos-is-batch-request"] === undefined) {
    return { status: 201, body: { ...JSON.parse(body), _etag: '"0"', _ts: 0 } };
  }
  const operations = JSON.parse(body) as object[];
  const done = { statusCode: 201, requestCharge: 6, eTag: '"0"', resourceBody: {} };
  return { status: 200, body: operations.map(() => done) };
};

const respond = (request: IncomingMessage, response: ServerResponse, body: string): void => {
  const answer = answerTo(request, body);
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "x-ms-request-charge": "1",
    "x-ms-session-token": "0:-1#1",
    etag: '"0"',
  });
  response.end(text);
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => respond(request, response, Buffer.concat(chunks).toString("utf8")));
});
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
process.on("disconnect", () => process.exit(0));
