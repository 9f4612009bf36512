import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { forbidden, unauthorized } from "../cosmos-error.ts";

const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;

type SignedRequest = {
  readonly method: string;
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
  /** Base64, from the authorization header. */
  readonly signature: string;
};

/**
 * Checks that the request was signed with the master key.
 *
 * errors  401 with a wrong signature; 403 if client and server clocks differ by more than 15 minutes
 * source  https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources
 */
export const requireSignature = (request: SignedRequest, key: KeyObject, nowMs: number): void => {
  const { headers } = request;
  const signature = Buffer.from(request.signature, "base64");
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
