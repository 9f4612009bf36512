import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { forbidden, notImplemented, unauthorized } from "../cosmos-error.ts";

const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;

type SignedRequest = {
  readonly method: string;
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
};

/**
 * Checks that the request was signed with the master key.
 *
 * errors  401 without or with a wrong signature; 403 if client and server clocks differ by more than
 *         15 minutes; 501 for resource tokens and Entra ID
 * source  https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources
 */
export const authorize = (request: SignedRequest, key: KeyObject, nowMs: number): void => {
  const { headers } = request;
  const signature = masterKeySignature(headers.authorization);
  const xDate = headers["x-ms-date"];
  const date = (typeof xDate === "string" && xDate) || headers.date || "";
  const sentMs = Date.parse(date);
  if (!(Math.abs(nowMs - sentMs) <= MAX_CLOCK_SKEW_MS)) {
    throw forbidden(
      `The authorization token is not valid at the current time. The date of the request is ` +
        `"${date}", the server's is "${new Date(nowMs).toUTCString()}": send x-ms-date within 15 minutes.`,
      0,
    );
  }
  const signedDate = `${(typeof xDate === "string" ? xDate : "").toLowerCase()}\n${xDate ? "" : date.toLowerCase()}\n`;
  const method = request.method.toLowerCase();
  const byName = `${method}\n${signedResource(request.segments)}\n${signedDate}`;
  if (matches(signature, byName, key)) return;
  const byRid = `${method}\n${signedRid(request.segments)}\n${signedDate}`;
  if (matches(signature, byRid, key)) return;
  throw unauthorized(
    "The input authorization token can't serve the request. The wrong key is being used or the " +
      "expected payload is not built as per the protocol. For more info: " +
      "https://aka.ms/cosmosdb-tsg-unauthorized. Server used the following payload to sign: " +
      `'${byName}'`,
    0,
  );
};

const masterKeySignature = (authorization: string | undefined): Buffer => {
  if (!authorization) {
    throw unauthorized(
      "Required Header authorization is missing. Ensure a valid key is used.",
      5000,
    );
  }
  const token = decodeToken(authorization);
  const [, type, signature] = /^type=(\w+)&ver=[\d.]+&sig=(.+)$/s.exec(token) ?? [];
  if (type === "resource") throw notImplemented("resource tokens");
  if (type === "aad") throw notImplemented("Microsoft Entra ID tokens: use the account key");
  if (type !== "master" || signature === undefined) {
    throw unauthorized("The format of the authorization header is not type=…&ver=…&sig=….", 5001);
  }
  return Buffer.from(signature, "base64");
};

const decodeToken = (authorization: string): string => {
  if (!authorization.includes("%")) return authorization;
  try {
    return decodeURIComponent(authorization);
  } catch {
    return authorization;
  }
};

const matches = (signature: Buffer, payload: string, key: KeyObject): boolean => {
  const expected = createHmac("sha256", key).update(payload).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
};

/** Type and link as signed by name: the item itself, or the parent of a feed. */
const signedResource = (segments: readonly string[]): string => {
  if (segments[4] === "operations") return `colls\n${segments.slice(0, 4).join("/")}`;
  const isFeed = segments.length % 2 === 1;
  const type = isFeed ? segments.at(-1) : segments.at(-2);
  const link = (isFeed ? segments.slice(0, -1) : segments).join("/");
  return `${type ?? ""}\n${link}`;
};

/** Requests by resource id sign the last id in lower case only. */
const signedRid = (segments: readonly string[]): string => {
  const isFeed = segments.length % 2 === 1;
  const type = isFeed ? segments.at(-1) : segments.at(-2);
  const rid = isFeed ? segments.at(-2) : segments.at(-1);
  return `${type ?? ""}\n${rid?.toLowerCase() ?? ""}`;
};
