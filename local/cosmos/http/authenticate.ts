import type { KeyObject } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { readToken } from "../access/entra-token.ts";
import type { Principal } from "../access/principal.ts";
import { notImplemented, unauthorized } from "../cosmos-error.ts";
import { requireSignature } from "./key-signature.ts";

/** Who a server lets in besides those who have its key. */
export type EntraOptions = {
  readonly principals: readonly Principal[];
  /** Refuses the key, as the account's `disableLocalAuth` does; off unless set. */
  readonly disableLocalAuth?: boolean;
};

/** Who sends a request. */
export type Caller =
  | { readonly kind: "key" }
  | { readonly kind: "principal"; readonly principal: Principal };

export type Gatekeeper = {
  /** Made once: `createHmac` takes 14 µs with bytes, 3 with a key object. */
  readonly key: KeyObject;
  /** Without it the server knows no Entra ID, as an account with it switched off. */
  readonly entra?: EntraOptions | undefined;
};

type Request = {
  readonly method: string;
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
};

/**
 * Finds out who sends a request: somebody with the key, or an identity of Entra ID.
 *
 * errors  401 without or with a wrong signature or token; 403 for a clock that differs by more than 15
 *         minutes; 501 for resource tokens. A principal without roles is let in, and then allowed nothing
 */
export const authenticate = (
  request: Request,
  { key, entra }: Gatekeeper,
  nowMs: number,
): Caller => {
  const { type, signature } = readAuthorization(request.headers.authorization);
  if (type === "master") {
    if (entra?.disableLocalAuth) throw unauthorized(LOCAL_AUTH_IS_DISABLED, LOCAL_AUTH_DISABLED);
    requireSignature({ ...request, signature }, key, nowMs);
    return { kind: "key" };
  }
  if (!entra) throw unauthorized(ENTRA_IS_OFF, ENTRA_DISABLED);
  const principalId = readToken(signature, key, nowMs);
  const found = entra.principals.find((principal) => principal.principalId === principalId);
  return { kind: "principal", principal: found ?? { principalId, roles: [] } };
};

const NO_AUTHORIZATION = 5000;
const AUTHORIZATION_FORMAT = 5001;
const ENTRA_DISABLED = 5002;
const LOCAL_AUTH_DISABLED = 5202;

const LOCAL_AUTH_IS_DISABLED =
  "Local Authorization is disabled. Use an AAD token to authorize all requests.";
const ENTRA_IS_OFF =
  "This embedded server knows no Microsoft Entra ID: use the account key, or start it with the " +
  "option entra.";

const readAuthorization = (header: string | undefined) => {
  if (!header) {
    throw unauthorized(
      "Required Header authorization is missing. Ensure a valid key is used.",
      NO_AUTHORIZATION,
    );
  }
  const [, type, signature] = /^type=(\w+)&ver=[\d.]+&sig=(.+)$/s.exec(decodeHeader(header)) ?? [];
  if (type === "resource") throw notImplemented("resource tokens");
  if ((type !== "master" && type !== "aad") || signature === undefined) {
    throw unauthorized(
      "The format of the authorization header is not type=…&ver=…&sig=….",
      AUTHORIZATION_FORMAT,
    );
  }
  return { type, signature };
};

const decodeHeader = (header: string): string => {
  if (!header.includes("%")) return header;
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
};
