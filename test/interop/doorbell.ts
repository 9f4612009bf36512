import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of one ring: handled, refused before anything was done, or done but said to be lost. */
export type Fate = "handled" | "refused" | "answer-lost";

export type Doorbell = {
  readonly address: string;
  readonly rings: () => number;
  readonly failures: () => number;
};

export type DoorbellOptions = {
  readonly handle: (changes: readonly unknown[]) => Promise<void>;
  /** Decides before a ring is handled; counts from 1. */
  readonly fateOf: (ring: number) => Fate;
};

/**
 * Runs with a small HTTP server that takes batches of changes as JSON, as the trigger hands them to
 * the Functions worker, and answers 500 where the function failed.
 */
export const withDoorbell = async <A>(
  { handle, fateOf }: DoorbellOptions,
  use: (doorbell: Doorbell) => Promise<A>,
): Promise<A> => {
  let rings = 0;
  let failures = 0;
  const answer = async (incoming: IncomingMessage): Promise<boolean> => {
    const changes = JSON.parse(await bodyOf(incoming)) as readonly unknown[];
    rings += 1;
    const fate = fateOf(rings);
    if (fate !== "refused") await handle(changes);
    return fate === "handled";
  };
  const server = createServer(async (incoming, outgoing) => {
    const isHandled = await answer(incoming).catch((error: unknown) => {
      console.error(`  ${error instanceof Error ? error.message : error}`);
      return false;
    });
    if (!isHandled) failures += 1;
    outgoing.writeHead(isHandled ? 204 : 500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await use({
      address: `http://127.0.0.1:${port}/`,
      rings: () => rings,
      failures: () => failures,
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
};

const bodyOf = async (incoming: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
