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
  const call = async (nth: number): Promise<void> => {
    await pause(nth * 7);
    for (;;) {
      const answer = await fetch(`${host.url}/api/slow`).catch(() => undefined);
      if (!answer) return;
      bodies.add(await answer.text());
      // Long enough for its connection to be free for the next call, too short to be idle.
      await pause(5);
    }
  };
  const calling = Promise.all(Array.from({ length: 8 }, (_, nth) => call(nth)));
  while (bodies.size === 0) await pause(5);
  await host.close();
  await calling;
  expect([...bodies]).toEqual(["done"]);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
