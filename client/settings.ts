import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";

/** Where Cosmos DB is and how to prove who we are. */
export type Account =
  | { readonly kind: "key"; readonly endpoint: string; readonly key: string }
  | { readonly kind: "identity"; readonly endpoint: string; readonly clientId?: string };

/** Everything that the client must know about its surroundings. */
export type Settings = {
  readonly account: Account;
  readonly database: string;
  readonly container: string;
  readonly leaseContainer: string;
  /** Regions to read from, the nearest first; absent: the account's own order. */
  readonly preferredRegions?: readonly string[];
};

/** A place that settings are read from: `process.env`, or the values of `local.settings.json`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The embedded server's address and the emulator's well-known key: a published constant, not a
 * secret.
 */
export const EMBEDDED_SERVER: Account = {
  kind: "key",
  endpoint: "http://127.0.0.1:8081",
  key: "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
};

/**
 * Decodes the settings from an environment.
 *
 * shape   names and defaults as in the Functions trigger; an empty value counts as not set
 * errors  left: every wrong setting, one sentence each, naming the setting and what to set
 */
export const decodeSettings = (environment: Environment): E.Either<readonly string[], Settings> => {
  const errors: string[] = [];
  const account = collect(errors, decodeAccount(environment));
  const database = collect(errors, resourceName(environment, "COSMOS_DATABASE", "todos"));
  const container = collect(errors, resourceName(environment, "COSMOS_CONTAINER", "items"));
  const leaseContainer = collect(
    errors,
    resourceName(environment, "COSMOS_LEASE_CONTAINER", "leases"),
  );
  if (!account || !database || !container || !leaseContainer) return E.left(errors);
  if (container === leaseContainer) {
    return E.left([
      `COSMOS_LEASE_CONTAINER and COSMOS_CONTAINER are both "${container}"; ` +
        "set them to two different containers",
    ]);
  }
  const preferredRegions = regionsIn(environment.COSMOS_PREFERRED_REGIONS);
  return E.right({
    account,
    database,
    container,
    leaseContainer,
    ...(preferredRegions.length > 0 && { preferredRegions }),
  });
};

/**
 * Reads the settings, or throws one error that lists all that is wrong with them.
 *
 * errors  the caller shows the message and ends: a wrong setting does not heal by trying again
 */
export const readSettings = (environment: Environment): Settings => {
  const settings = decodeSettings(environment);
  if (E.isLeft(settings)) throw new Error(`Wrong settings: ${settings.left.join("; ")}.`);
  return settings.right;
};

type Named<A> = E.Either<string, A>;

const AccountSettings = t.partial({
  COSMOS: t.string,
  COSMOS__accountEndpoint: t.string,
  COSMOS__clientId: t.string,
});

const decodeAccount = (environment: Environment): Named<Account> => {
  const decoded = AccountSettings.decode(environment);
  if (E.isLeft(decoded)) return E.left("COSMOS and COSMOS__accountEndpoint must be texts");
  const { COSMOS, COSMOS__accountEndpoint: endpoint, COSMOS__clientId: clientId } = decoded.right;
  if (COSMOS && endpoint) {
    return E.left(
      "COSMOS and COSMOS__accountEndpoint are both set; keep COSMOS for a key, " +
        "or COSMOS__accountEndpoint for an identity",
    );
  }
  if (COSMOS) return decodeConnectionString(COSMOS);
  if (endpoint) return decodeIdentity(endpoint, clientId);
  if (clientId) return E.left("COSMOS__clientId is set alone; set COSMOS__accountEndpoint as well");
  return E.right(EMBEDDED_SERVER);
};

const decodeConnectionString = (text: string): Named<Account> => {
  const parts = new Map(
    text
      .split(";")
      .filter((part) => part.includes("="))
      .map((part) => {
        const at = part.indexOf("=");
        return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
      }),
  );
  const endpoint = parts.get("accountendpoint");
  const key = parts.get("accountkey");
  const expected = 'set it to "AccountEndpoint=https://…;AccountKey=…;"';
  if (!endpoint || !isHttpUrl(endpoint)) {
    return E.left(`COSMOS has no AccountEndpoint that is an http(s) address; ${expected}`);
  }
  if (!key || !isBase64(key)) return E.left(`COSMOS has no AccountKey in base64; ${expected}`);
  return E.right({ kind: "key", endpoint, key });
};

const decodeIdentity = (endpoint: string, clientId: string | undefined): Named<Account> => {
  if (!isHttpUrl(endpoint) || !endpoint.startsWith("https:")) {
    return E.left(
      "COSMOS__accountEndpoint is not an https address (an identity is never sent unencrypted); " +
        'set it to "https://<account>.documents.azure.com:443/", or use COSMOS with a key',
    );
  }
  return E.right({ kind: "identity", endpoint, ...(clientId ? { clientId } : {}) });
};

// Ids of databases and containers: at most 255 characters, none of / \ # ?
// (learn.microsoft.com/azure/cosmos-db/concepts-limits).
const RESOURCE_NAME_MAX_CHARS = 255;

const ResourceName = t.refinement(
  t.string,
  (name) => name.length <= RESOURCE_NAME_MAX_CHARS && !/[/\\#?]/.test(name) && name.trim() === name,
  "ResourceName",
);

const resourceName = (
  environment: Environment,
  setting: string,
  defaultName: string,
): Named<string> => {
  const decoded = ResourceName.decode(environment[setting] || defaultName);
  if (E.isRight(decoded)) return decoded;
  return E.left(
    `${setting} is not a name that Cosmos DB accepts; set it to 1 to ${RESOURCE_NAME_MAX_CHARS} ` +
      "characters without / \\ # ? and without spaces at its ends",
  );
};

/** Names between commas. Whether the account has them is known only when it has been asked. */
const regionsIn = (text = ""): readonly string[] =>
  text
    .split(",")
    .map((region) => region.trim())
    .filter((region) => region !== "");

const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/]+={0,2}$/.test(text);

const collect = <A>(errors: string[], decoded: Named<A>): A | undefined => {
  if (E.isRight(decoded)) return decoded.right;
  errors.push(decoded.left);
  return undefined;
};
