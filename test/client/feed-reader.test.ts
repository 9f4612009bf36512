import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { classifyFailure, statusOf } from "../../client/failure.ts";
import { WHOLE_CONTAINER } from "../../client/feed-range.ts";
import { openFeedReader } from "../../client/feed-reader.ts";
import { createSubmitter } from "../../client/submit.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { createAccount, openAccount, startServer } from "./embedded-account.ts";
import { createFaultyTransport, type Fault, type Request } from "./faulty-transport.ts";

let server: CosmosServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.close();
});

/** Opens a container while listing its partitions fails so many times. */
const openWhileListingFails = async (
  fault: Fault,
  times: number,
  onRequest: (request: Request) => void = () => undefined,
) => {
  const { client, settings } = await createAccount(server);
  let failed = 0;
  const transport = createFaultyTransport((request) => {
    onRequest(request);
    return request.url.endsWith("/pkranges") && failed++ < times ? fault : undefined;
  });
  const { items, client: faulty } = openAccount(server, settings, transport);
  onTestFinished(async () => {
    faulty.dispose();
    client.dispose();
    await transport.destroy();
  });
  return items;
};

/** Reads the first page, twice. */
const readWhileListingFails = async (fault: Fault, times: number) => {
  const items = await openWhileListingFails(fault, times);
  const scope = { kind: "range", range: WHOLE_CONTAINER } as const;
  const reader = await openFeedReader(items, { scope, start: { kind: "beginning" } });
  const [first, second] = [await catching(reader.readPage), await catching(reader.readPage)];
  return { first, second };
};

const catching = (read: () => Promise<unknown>): Promise<unknown> =>
  read().catch((error: unknown) => error);

it("partitions that cannot be listed for a moment are a reason to read again", async () => {
  const { first, second } = await readWhileListingFails({ kind: "refused", status: 449 }, 2);
  expect(classifyFailure(first)).toMatchObject({ kind: "transient" });
  expect(second).toMatchObject({ kind: "unchanged" });
});

it("partitions that may not be listed are not, and the error says with which status", async () => {
  const { first } = await readWhileListingFails({ kind: "refused", status: 403 }, 100);
  expect(statusOf(first).code).toBe(403);
  expect(classifyFailure(first)).toEqual({ kind: "wrong" });
});

it("a submitter whose first look at the partitions failed sends in bulk all the same", async () => {
  let bulks = 0;
  const items = await openWhileListingFails({ kind: "refused", status: 449 }, 1, (request) => {
    if (request.headers.has("x-ms-cosmos-is-batch-request")) bulks += 1;
  });
  const submitter = createSubmitter(items, { giveUpAfterMs: 5_000, maxFlushes: 1 });
  for (let round = 0; round < 3; round += 1) {
    const requests = Array.from({ length: 40 }, (_, n) => ({ projectId: 1 + n, title: `t${n}` }));
    const submissions = await Promise.all(requests.map(submitter.submit));
    expect(new Set(submissions.map(({ kind }) => kind))).toEqual(new Set(["accepted"]));
  }
  expect(bulks).toBeGreaterThan(0);
});
