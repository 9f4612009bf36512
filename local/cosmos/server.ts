import { createSecretKey } from "node:crypto";
import { requireSound } from "./access/principal.ts";
import type { EntraOptions } from "./http/authenticate.ts";
import type { AccountDescription } from "./http/exchange.ts";
import { gateway } from "./http/gateway.ts";
import { listen } from "./http/listener.ts";
import { createScriptHost } from "./scripts/script-host.ts";
import { Store, type StoreOptions } from "./store/store.ts";

/** The key that Microsoft publishes for its emulators; it protects nothing. */
const EMULATOR_KEY =
  "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

const LOOPBACK = "127.0.0.1";
/** How often expired items are removed for good; reads never show them. */
const PURGE_INTERVAL_MS = 1_000;

export type CosmosServerOptions = Pick<
  StoreOptions,
  "directory" | "now" | "logicalPartitionLimitBytes"
> & {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  /** Base64; by default the emulators' well-known key. */
  readonly key?: string;
  /**
   * Lets in identities with tokens (`issueToken`) and allows them what their roles say, and no more.
   * Only whoever has the key can issue such tokens; Entra ID itself is never asked.
   */
  readonly entra?: EntraOptions;
  /** What the account says of itself, for programs that look whether it is the right one. */
  readonly described?: AccountDescription;
};

export type CosmosServer = {
  readonly endpoint: string;
  readonly key: string;
  readonly connectionString: string;
  readonly store: Store;
  readonly close: () => Promise<void>;
};

/**
 * Starts an embedded Cosmos DB server that speaks plain HTTP to the SDKs.
 *
 * errors  an Error that says what to do when the port or the data folder is in use, or a role is none
 */
export const startCosmosServer = async (options: CosmosServerOptions): Promise<CosmosServer> => {
  const { port, host = LOOPBACK, key = EMULATOR_KEY, now = Date.now, entra, described } = options;
  if (entra) requireSound(entra.principals);
  const store = new Store(options);
  const closing = new AbortController();
  const scripts = createScriptHost(store);
  const account = { store, scripts, now, closing: closing.signal, described };
  const answer = gateway({ account, key: createSecretKey(key, "base64"), entra });
  const listener = await listen({ host, port }, answer).catch((error: unknown) => {
    scripts.close();
    store.close();
    throw error;
  });
  const purge = setInterval(() => store.purge(), PURGE_INTERVAL_MS);
  const endpoint = `http://${host.includes(":") ? `[${host}]` : host}:${listener.port}/`;
  return {
    endpoint,
    key,
    connectionString: `AccountEndpoint=${endpoint};AccountKey=${key};`,
    store,
    close: async () => {
      clearInterval(purge);
      closing.abort();
      await listener.close();
      scripts.close();
      store.close();
    },
  };
};
