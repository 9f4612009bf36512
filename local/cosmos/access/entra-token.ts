import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { unauthorized } from "../cosmos-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** For whom a token is, and until when. */
export type TokenClaims = {
  /** The principal's object id. */
  readonly principalId: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
};

/**
 * Issues a token that stands for one of Entra ID at an embedded server with this key.
 *
 * shape   a JSON Web Token with the claims `oid` and `exp`, signed with the account key (HS256); any
 *         library for such tokens can make one
 */
export const issueToken = (key: string, { principalId, expiresAtMs }: TokenClaims): string => {
  const claims = { oid: principalId, exp: Math.floor(expiresAtMs / 1000) };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${signatureOf(signed, createSecretKey(key, "base64")).toString("base64url")}`;
};

/**
 * Reads whose token it is.
 *
 * errors  401 with the substatus that Azure has for the reason; a real token of Entra ID is among
 *         those refused, since its signature cannot be verified here
 * source  `SubStatusCodes` in StatusCodes.cs of azure-cosmos-dotnet-v3, branch msdata/direct
 */
export const readToken = (token: string, key: KeyObject, nowMs: number): string => {
  const [header, payload, signature, ...rest] = token.split(".");
  const claims = decode(payload);
  if (!header || !claims || signature === undefined || rest.length > 0) {
    throw refused(TOKEN_FORMAT, "is no JSON Web Token");
  }
  const expected = signatureOf(`${header}.${payload}`, key);
  const given = Buffer.from(signature, "base64url");
  const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
  if (decode(header)?.alg !== "HS256" || !isSigned) {
    throw refused(
      TOKEN_SIGNATURE,
      "is not signed with the key of this embedded server (HS256); it cannot verify those of Entra ID",
    );
  }
  const { oid, exp, nbf } = claims;
  if (typeof exp !== "number" || exp * 1000 <= nowMs) throw refused(TOKEN_EXPIRED, "has expired");
  if (typeof nbf === "number" && nbf * 1000 > nowMs)
    throw refused(TOKEN_TOO_EARLY, "is not valid yet");
  if (typeof oid !== "string" || oid === "") throw refused(TOKEN_WITHOUT_OID, "has no claim oid");
  return oid;
};

const TOKEN_FORMAT = 5003;
const TOKEN_SIGNATURE = 5004;
const TOKEN_TOO_EARLY = 5005;
const TOKEN_EXPIRED = 5006;
const TOKEN_WITHOUT_OID = 5011;

const refused = (substatus: number, what: string) =>
  unauthorized(`The Entra ID token ${what}: get a new one.`, substatus);

const signatureOf = (signed: string, key: KeyObject): Buffer =>
  createHmac("sha256", key).update(signed).digest();

const encode = (part: JsonObject): string =>
  Buffer.from(JSON.stringify(part)).toString("base64url");

const decode = (part: string | undefined): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
