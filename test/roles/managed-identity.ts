import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

type Issue = (expiresAtMs: number) => string;

/** What `DefaultAzureCredential` asks inside Azure for the tokens of managed identities. */
export type IdentityEndpoint = {
  /** How a process learns of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lets it issue tokens for an identity. */
  readonly add: (clientId: string, issue: Issue) => void;
  /** For what each identity was asked. */
  readonly askedFor: (clientId: string) => readonly string[];
};

const SECRET = "only this process knows";
const LIFETIME_MS = 60 * 60 * 1000;

let started: Promise<IdentityEndpoint> | undefined;

/**
 * Starts the identity endpoint of an App Service or function app, once in a process: the identity
 * library remembers the first that it finds. It does not keep the process alive.
 *
 * source  https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export const identityEndpoint = (): Promise<IdentityEndpoint> => {
  started ??= start();
  return started;
};

const start = async (): Promise<IdentityEndpoint> => {
  const issuers = new Map<string, Issue>();
  const asked: { readonly clientId: string; readonly resource: string }[] = [];
  const server = createServer(({ url = "", headers }, response) => {
    const query = new URL(url, "http://127.0.0.1").searchParams;
    const clientId = query.get("client_id") ?? "";
    const resource = query.get("resource") ?? "";
    asked.push({ clientId, resource });
    const issue = issuers.get(clientId);
    if (headers["x-identity-header"] !== SECRET || !issue) {
      response.writeHead(400).end();
      return;
    }
    const expiresAtMs = Date.now() + LIFETIME_MS;
    const answer = {
      access_token: issue(expiresAtMs),
      client_id: clientId,
      expires_on: String(Math.floor(expiresAtMs / 1000)),
      resource,
      token_type: "Bearer",
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
      IDENTITY_HEADER: SECRET,
      // Whoever has signed in on this machine is not meant.
      AZURE_TENANT_ID: "",
    },
    add: (clientId, issue) => void issuers.set(clientId, issue),
    askedFor: (clientId) =>
      asked.filter((each) => each.clientId === clientId).map(({ resource }) => resource),
  };
};
