import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Link, openLink } from "./tcp-proxy.ts";

let echo: Server;
let link: Link;
const clients: Socket[] = [];
beforeEach(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  link = await openLink(() => (echo.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await link.close();
  echo.close();
});

const open = async (): Promise<Socket> => {
  const client = connect(link.port, "127.0.0.1");
  clients.push(client);
  client.on("error", () => undefined);
  await new Promise((resolve) => client.once("connect", resolve));
  return client;
};

/** Sends a text and answers what comes back: as much again, or all until the connection is closed. */
const echoed = async (client: Socket, text: string): Promise<string> => {
  client.write(text);
  let received = "";
  const { promise, resolve } = Promise.withResolvers<string>();
  const take = (data: Buffer): void => {
    received += data;
    if (received.length >= text.length) resolve(received);
  };
  client.on("data", take);
  client.once("close", () => resolve(received));
  await promise;
  client.off("data", take);
  return received;
};

test.each(["pass", "delay", "slow"] as const)(
  "what goes over a link that is set to %s arrives whole",
  async (mode) => {
    link.set(mode);
    const text = "0123456789".repeat(1_000);
    expect(await echoed(await open(), text)).toBe(text);
  },
);

test.each(["cut", "refuse"] as const)("a %s ends the connections at hand", async (mode) => {
  const client = await open();
  expect(await echoed(client, "before")).toBe("before");
  const closed = new Promise((resolve) => client.once("close", resolve));
  link.set(mode);
  await closed;
  if (mode === "refuse") {
    const refused = connect(link.port, "127.0.0.1");
    const [error] = await new Promise<unknown[]>((resolve) =>
      refused.once("error", (...errors) => resolve(errors)),
    );
    return expect(error).toMatchObject({ code: "ECONNRESET" });
  }
  expect(await echoed(await open(), "after")).toBe("after");
});

test("a black hole keeps what is sent, and lets it go on afterwards", async () => {
  const client = await open();
  expect(await echoed(client, "before")).toBe("before");
  link.set("black-hole");
  const answer = echoed(client, "later");
  const first = await Promise.race([answer, turns(200).then(() => "nothing yet")]);
  expect(first).toBe("nothing yet");
  link.set("pass");
  expect(await answer).toBe("later");
});

test("a dead connection swallows everything even after the fault, and a new one works", async () => {
  const client = await open();
  expect(await echoed(client, "before")).toBe("before");
  link.set("dead");
  link.set("pass");
  const answer = echoed(client, "swallowed");
  expect(await echoed(await open(), "new")).toBe("new");
  expect(await Promise.race([answer, turns(200).then(() => "nothing")])).toBe("nothing");
});

test("a half-closed connection ends for one side", async () => {
  const client = await open();
  expect(await echoed(client, "before")).toBe("before");
  const ended = once(client, "end");
  link.set("half-close");
  await ended;
});

test("a flaky link cuts some pieces in the middle", async () => {
  link.set("flaky");
  const answers: string[] = [];
  for (let n = 0; n < 200 && !answers.some((answer) => answer.length < 10); n += 1) {
    answers.push(await echoed(await open(), "0123456789"));
  }
  expect(answers.at(-1)!.length).toBeLessThan(10);
  expect("0123456789".startsWith(answers.at(-1)!)).toBe(true);
});

const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await nextTurn();
};
