import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { systemWorld } from "../../client/world.ts";
import { startTelemetry } from "../../functions/telemetry/start-telemetry.ts";
import { createTelemetry } from "../../functions/telemetry/telemetry.ts";
import { identityEndpoint } from "../roles/managed-identity.ts";
import { startTlsFront } from "../roles/tls-front.ts";

type Envelope = {
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: BaseData };
};
type BaseData = {
  readonly name?: string;
  readonly metrics?: readonly { readonly name: string; readonly value: number }[];
  readonly properties?: Readonly<Record<string, string>>;
};

/** Takes in what Application Insights would. */
const startIngestion = async () => {
  const received: Envelope[] = [];
  const authorizations = new Set<string | undefined>();
  const server = createServer(async (request, response) => {
    authorizations.add(request.headers.authorization);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const envelopes: Envelope[] = `${text}`
      .split("\n")
      .flatMap((line) => JSON.parse(line) as Envelope | Envelope[]);
    received.push(...envelopes);
    const count = { itemsReceived: envelopes.length, itemsAccepted: envelopes.length, errors: [] };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(count));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  // The exporter speaks TLS only.
  const front = await startTlsFront(`http://127.0.0.1:${port}/`);
  const close = async (): Promise<void> => {
    await front.close();
    server.close();
  };
  return { received, authorizations, close, url: front.endpoint };
};

test("metrics and spans reach Application Insights under their names, with a token of the identity", async () => {
  // The exporter's reports about itself go to Microsoft.
  process.env.APPLICATION_INSIGHTS_NO_STATSBEAT = "true";
  const { received, authorizations, close, url } = await startIngestion();
  const identity = await identityEndpoint();
  identity.add("the-app", () => "its-token");
  Object.assign(process.env, identity.environment);
  const key = "00000000-0000-0000-0000-000000000000";
  const stop = await startTelemetry({
    connectionString: `InstrumentationKey=${key};IngestionEndpoint=${url}`,
    clientId: "the-app",
    role: "func-todos",
    instance: "one",
  });
  const telemetry = createTelemetry({ container: "items", drainName: "drain-0" }, systemWorld);
  const changes = [{ id: "r", projectId: 7, type: "request", title: "t", _ts: 1 }];
  const traceParent = "00-11111111111111111111111111111111-2222222222222222-00";
  await telemetry.processing({ changes, traceParent }, async () => {
    await telemetry.watchDrain({ key: "7", partitionKey: 7 }, async () => ({
      requestCharge: 33.5,
      resource: {
        kind: "drained",
        done: 2,
        rejected: 1,
        more: false,
        lastId: 2,
        stopped: "empty",
        oldestTs: 1,
      },
    }));
  });
  telemetry.swept([]);
  await stop();
  await close();

  expect([...authorizations]).toEqual(["Bearer its-token"]);
  const role = received.map(({ tags }) => tags["ai.cloud.role"]);
  expect(new Set(role)).toEqual(new Set(["func-todos"]));
  const told = received.flatMap(({ data }) => data.baseData.metrics ?? []);
  expect(told).toContainEqual(expect.objectContaining({ name: "todos.requests.ended", value: 2 }));
  expect(told).toContainEqual(
    expect.objectContaining({
      name: "azure.cosmosdb.client.operation.request_charge",
      value: 33.5,
    }),
  );
  expect(told.map(({ name }) => name)).toContain("todos.pending.oldest_age");
  const drain = received.find(({ data }) => data.baseType === "RemoteDependencyData");
  expect(drain?.tags["ai.operation.id"]).toBe("1".repeat(32));
  expect(drain?.data.baseData.properties).toMatchObject({ "todos.project": "7" });
});
