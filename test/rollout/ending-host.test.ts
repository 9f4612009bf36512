import { expect, onTestFinished, test } from "vitest";
import { startFunctionHost } from "../../local/host/function-host.ts";
import { buildApp } from "../host/built-app.ts";

const APP = `
import { app } from "@azure/functions";
app.http("slow", {
  authLevel: "anonymous",
  handler: async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { body: "done" };
  },
});
`;

test("a host that is told to end ends, although a caller never leaves its connection idle", async () => {
  const app = await buildApp(APP);
  onTestFinished(app.remove);
  const host = await startFunctionHost({
    appDirectory: app.directory,
    settings: {},
    port: 0,
    write: () => undefined,
  });
  const bodies = new Set<string>();
  let isHostThere = true;
  const calling = (async () => {
    while (isHostThere) {
      const answer = await fetch(`${host.url}/api/slow`).catch(() => undefined);
      if (answer) bodies.add(await answer.text());
      else isHostThere = false;
    }
  })();
  while (bodies.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await host.close();
  await calling;
  expect([...bodies]).toEqual(["done"]);
});
