import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What a link does to what goes through it.
 *
 * cut         all connections are reset, new ones work
 * refuse      the same, and new ones are reset as long as it lasts
 * delay       each piece comes late
 * slow        few bytes at a time
 * half-close  one side of each connection is told that the other has finished
 * black-hole  nothing goes through as long as it lasts, then it goes on, as TCP does
 * dead        the connections at hand swallow everything for ever, new ones work
 * flaky       some pieces are cut in the middle, and the connection with them
 */
export const linkFaults = [
  "cut",
  "refuse",
  "delay",
  "slow",
  "half-close",
  "black-hole",
  "dead",
  "flaky",
] as const;
export type LinkFault = (typeof linkFaults)[number];

/** The only way of one process to another. */
export type Link = {
  readonly port: number;
  readonly set: (mode: LinkFault | "pass") => void;
  readonly close: () => Promise<void>;
};

const MAX_DELAY_MS = 300;
const SLICE_BYTES = 1_024;
const SLICE_EVERY_MS = 10;
const FLAKY_SHARE = 0.1;

type Connection = { readonly sides: readonly [Socket, Socket]; isDead: boolean };

/** Opens a link to whatever port `target` names when a connection comes; undefined: nobody is there. */
export const openLink = async (target: () => number | undefined): Promise<Link> => {
  const connections = new Set<Connection>();
  let mode: LinkFault | "pass" = "pass";
  let changed = Promise.withResolvers<void>();
  const forward = async (connection: Connection, [from, to]: Direction): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      while (mode === "black-hole") await changed.promise;
      if (connection.isDead) continue;
      if (mode === "delay") await sleep(Math.random() * MAX_DELAY_MS);
      if (mode === "flaky" && Math.random() < FLAKY_SHARE) {
        to.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => reset(connection));
        return;
      }
      const sliceBytes = mode === "slow" ? SLICE_BYTES : chunk.length;
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        if (sliceBytes < chunk.length) await sleep(SLICE_EVERY_MS);
        if (!to.write(chunk.subarray(at, at + sliceBytes))) await drained(to);
      }
    }
    if (!connection.isDead) to.end();
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const port = target();
    client.on("error", () => client.destroy());
    if (mode === "refuse" || port === undefined) return client.resetAndDestroy();
    const remote = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const connection: Connection = { sides: [client, remote], isDead: false };
    connections.add(connection);
    remote.on("error", () => remote.destroy());
    for (const side of connection.sides) {
      side.on("close", () => {
        if (connection.sides.every(({ destroyed }) => destroyed)) connections.delete(connection);
        // Who hangs on a dead connection learns nothing, not even that the other is gone.
        else if (!connection.isDead) reset(connection);
      });
    }
    for (const direction of [
      [client, remote],
      [remote, client],
    ] as const) {
      forward(connection, direction).catch(() => connection.isDead || reset(connection));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const applyToConnections: { readonly [Mode in LinkFault]?: (connection: Connection) => void } = {
    cut: reset,
    refuse: reset,
    "half-close": ({ sides }) => sides[Math.random() < 0.5 ? 0 : 1].end(),
    dead: (connection) => {
      connection.isDead = true;
    },
  };
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      mode = next;
      changed.resolve();
      changed = Promise.withResolvers();
      if (next === "pass") return;
      for (const connection of connections) applyToConnections[next]?.(connection);
    },
    close: async () => {
      mode = "refuse";
      changed.resolve();
      for (const connection of connections) reset(connection);
      server.close();
      await once(server, "close");
    },
  };
};

type Direction = readonly [from: Socket, to: Socket];

const reset = ({ sides }: Connection): void => {
  for (const side of sides) side.resetAndDestroy();
};

const drained = async (socket: Socket): Promise<void> => {
  await Promise.race([once(socket, "drain"), once(socket, "close")]);
};
