import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { connect, itemsContainer } from "../../client/connect.ts";
import { openFeedReader } from "../../client/feed-reader.ts";
import { createUndiciTransport, type UndiciTransport } from "../../client/undici-transport.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { type Account, createAccount, startServer } from "./embedded-account.ts";

let server: CosmosServer;
let account: Account;

beforeAll(async () => {
  server = await startServer();
  account = await createAccount(server);
});

afterAll(async () => {
  account.client.dispose();
  await server.close();
});

const run = promisify(execFile);
const CONNECT = join(import.meta.dirname, "../../client/connect.ts");

describe("connection", () => {
  it("odd ids reach the server as they are", async () => {
    for (const id of ["a b", "ä%20ö", "x?y=1&z", "+,=.:~@()$^{}[]!_"]) {
      await account.items.items.create({ id, projectId: 1 });
      expect((await account.items.item(id, 1).read()).resource?.id).toBe(id);
    }
  });

  it("an aborted call ends with an AbortError", async () => {
    const aborted = AbortSignal.abort();
    const reading = account.items.item("a b", 1).read({ abortSignal: aborted });
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  });

  it("a call that nobody answers is given up after 10 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    let gaveUpAfterMs: number | undefined;
    let passedMs = 0;
    const transport: UndiciTransport = {
      ...createUndiciTransport(),
      sendRequest: ({ abortSignal }) =>
        new Promise((_, reject) => {
          abortSignal?.addEventListener("abort", () => {
            gaveUpAfterMs ??= passedMs + 1_000;
            reject(Object.assign(new Error("aborted"), { name: "AbortError" }));
          });
        }),
    };
    const client = connect(account.settings, { transport });
    void client.getDatabaseAccount().catch(() => undefined);
    for (; gaveUpAfterMs === undefined && passedMs < 60_000; passedMs += 1_000) {
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(gaveUpAfterMs).toBe(10_000);
    client.dispose();
  });

  it("a server that is not there is ECONNREFUSED", async () => {
    const settings = {
      ...account.settings,
      account: { kind: "key" as const, endpoint: "http://127.0.0.1:1", key: server.key },
    };
    const client = connect(settings);
    await expect(client.getDatabaseAccount()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    client.dispose();
  });

  it("the long poll is asked for on change feed reads, and on nothing else", async () => {
    const inner = createUndiciTransport();
    const asked: (string | undefined)[] = [];
    const transport: UndiciTransport = {
      ...inner,
      sendRequest: (request) => {
        asked.push(`${request.headers.get("a-im")}: ${request.headers.get("prefer")}`);
        return inner.sendRequest(request);
      },
    };
    const client = connect(account.settings, { transport, longPollSeconds: 0.05 });
    const items = itemsContainer(client, account.settings);
    await items.items.create({ id: "one", projectId: 9 });
    const scope = { kind: "partition-key", value: 9 } as const;
    const reader = await openFeedReader(items, { scope, start: { kind: "now" } });
    expect((await reader.readPage()).kind).toBe("unchanged");
    client.dispose();
    await inner.destroy();
    expect(new Set(asked)).toEqual(
      new Set(["undefined: undefined", "Incremental Feed: wait=0.05"]),
    );
  });

  it("a long poll that the server would cut short is refused", () => {
    expect(() => connect(account.settings, { longPollSeconds: 6 })).toThrow("longPollSeconds is 6");
  });

  it("a connection that is never disposed does not keep the process alive", async () => {
    const program = `
      import { connect } from ${JSON.stringify(CONNECT)};
      const client = connect(${JSON.stringify(account.settings)});
      const { resource } = await client.getDatabaseAccount();
      console.log(resource.writableLocations.length);`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);
    expect(stdout.trim()).toBe("1");
  });
});
