import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildAll } from "../../build.ts";
import { connect, itemsContainer } from "../../client/connect.ts";
import { readSettings } from "../../client/settings.ts";
import { METRICS } from "../../functions/telemetry/metrics.ts";
import { provision } from "../../local/azure/provision.ts";
import { startCosmosServer } from "../../local/cosmos/server.ts";
import { startFunctionHost } from "../../local/host/function-host.ts";

test("the local host shows every number of the built app", async () => {
  const directory = await mkdtemp(join(tmpdir(), "metrics-"));
  await buildAll(directory);
  const server = await startCosmosServer({ port: 0 });
  const settings = readSettings({ COSMOS: server.connectionString });
  const client = connect(settings);
  await provision(client, { ...settings, appDirectory: directory });
  const host = await startFunctionHost({
    appDirectory: directory,
    settings: { COSMOS: server.connectionString },
    port: 0,
    write: () => undefined,
  });
  const shown = async () => (await fetch(`${host.url}/_local/metrics`)).text();
  try {
    for (const title of ["one", "two", "", "three"]) {
      const request = { id: `r-${title}`, projectId: 3, type: "request", title };
      await itemsContainer(client, settings).items.create(request);
    }
    const isComplete = (text: string) =>
      /status=done\} 3 .*\n/.test(text) && /status=rejected\} 1 /.test(text) && /leases/.test(text);
    let text = await shown();
    while (!isComplete(text)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      text = await shown();
    }
    const missing = Object.values(METRICS).filter(({ name }) => !text.includes(name));
    // Nothing had to be called again.
    expect(missing).toEqual([METRICS.retries]);
    expect(text).toMatch(/^todos\.leases\.count\{todos\.lease\.state=owned\} 1 \{lease\}$/m);
    expect(text).toMatch(
      /^azure\.cosmosdb\.client\.operation\.request_charge\{.*\} count=\d+ sum=/m,
    );
  } finally {
    await host.close();
    client.dispose();
    await server.close();
    await rm(directory, { recursive: true });
  }
});
