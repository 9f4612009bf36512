import {
  type Container,
  CosmosClient,
  type CosmosClientOptions,
  type Plugin,
  type PluginConfig,
} from "@azure/cosmos";
import type { Account, Settings } from "./settings.ts";
import { createUndiciTransport } from "./undici-transport.ts";

export type ConnectOptions = {
  /** Replaces our undici transport; the caller then ends its connections. */
  readonly transport?: NonNullable<CosmosClientOptions["httpClient"]>;
  /**
   * How long the embedded server may hold an empty change feed page. Azure ignores it and answers
   * at once.
   */
  readonly longPollSeconds?: number;
  readonly connectionPolicy?: NonNullable<CosmosClientOptions["connectionPolicy"]>;
  readonly userAgentSuffix?: string;
};

/**
 * A call that has no answer by then is given up, unless the caller's policy says otherwise: a script
 * takes 5 s at most, and a host that waits longer for a dead connection loses its leases.
 *
 * source  the SDK's own 60 s kept a host from taking over leases for 67 s, seen with `npm run chaos`
 */
const REQUEST_TIMEOUT_MS = 10_000;

/** The embedded server holds a change feed page no longer than this. */
export const MAX_LONG_POLL_SECONDS = 5;

/**
 * Connects to Cosmos DB with the settings' key or identity.
 *
 * shape   nothing is sent before the first operation; `client.dispose()` also ends our connections,
 *         at once, so stop processors and close submitters before. A client that is never disposed
 *         does not keep the process alive.
 */
export const connect = (settings: Settings, options: ConnectOptions = {}): CosmosClient => {
  const ownTransport = options.transport ? undefined : createUndiciTransport();
  const transport = options.transport ?? ownTransport;
  const client = new CosmosClient({
    endpoint: settings.account.endpoint,
    ...credentialsOf(settings.account),
    ...(transport ? { httpClient: transport } : {}),
    ...connectionPolicyOf(settings, options),
    ...(options.userAgentSuffix ? { userAgentSuffix: options.userAgentSuffix } : {}),
    ...longPollPlugin(options.longPollSeconds ?? 0),
  });
  const dispose = client.dispose.bind(client);
  client.dispose = () => {
    dispose();
    // Ending sockets cannot fail in a way that anybody could act on.
    ownTransport?.destroy().catch(() => undefined);
  };
  return client;
};

/** Names the container that holds requests, todos and counters. */
export const itemsContainer = (client: CosmosClient, settings: Settings): Container =>
  client.database(settings.database).container(settings.container);

/** Names the container that holds the leases of the change feed processor. */
export const leaseContainer = (client: CosmosClient, settings: Settings): Container =>
  client.database(settings.database).container(settings.leaseContainer);

const connectionPolicyOf = (
  { preferredRegions }: Settings,
  { connectionPolicy }: ConnectOptions,
): Pick<CosmosClientOptions, "connectionPolicy"> => {
  const preferred = preferredRegions ? { preferredLocations: [...preferredRegions] } : {};
  const requestTimeout = REQUEST_TIMEOUT_MS;
  return { connectionPolicy: { requestTimeout, ...connectionPolicy, ...preferred } };
};

const credentialsOf = (account: Account): Pick<CosmosClientOptions, "key" | "aadCredentials"> => {
  if (account.kind === "key") return { key: account.key };
  let credential: Promise<TokenSource> | undefined;
  return {
    aadCredentials: {
      getToken: async (scopes, tokenOptions) => {
        credential ??= loadCredential(account.clientId);
        return (await credential).getToken(scopes, tokenOptions);
      },
    },
  };
};

type TokenSource = NonNullable<CosmosClientOptions["aadCredentials"]>;

// Loaded at the first token: the identity library is large, and a laptop never needs it.
const loadCredential = async (clientId: string | undefined): Promise<TokenSource> => {
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new DefaultAzureCredential(clientId ? { managedIdentityClientId: clientId } : {});
};

// `plugins` is how the SDK lets others see each request; it is marked hidden in its types.
const longPollPlugin = (seconds: number): { plugins?: PluginConfig[] } => {
  if (seconds === 0) return {};
  if (!(seconds > 0 && seconds <= MAX_LONG_POLL_SECONDS)) {
    throw new Error(
      `longPollSeconds is ${seconds}; set it between 0 (off) and ${MAX_LONG_POLL_SECONDS}`,
    );
  }
  const plugin: Plugin<unknown> = (request, _diagnostics, next) => {
    if (request.headers?.["A-IM"] !== undefined) request.headers.Prefer = `wait=${seconds}`;
    return next(request);
  };
  return { plugins: [{ on: "request", plugin }] };
};
