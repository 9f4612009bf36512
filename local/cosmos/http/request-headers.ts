import type { IncomingHttpHeaders } from "node:http";
import { badRequest } from "../cosmos-error.ts";

/** Reads a header that may appear once. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
};

/** Tells whether a boolean header is on; JavaScript writes `true`, .NET `True`. */
export const isOn = (headers: IncomingHttpHeaders, name: string): boolean => {
  const value = headers[name];
  return typeof value === "string" && value.toLowerCase() === "true";
};

/** Reads `x-ms-max-item-count`; absent and -1 leave the choice to the server. */
export const maxItemCount = (headers: IncomingHttpHeaders, fallback: number): number => {
  const text = headerOf(headers, "x-ms-max-item-count");
  if (text === undefined || text === "-1") return fallback;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return Math.min(count, MAX_ITEM_COUNT);
  throw badRequest(`The header x-ms-max-item-count is "${text}": send a positive number or -1.`);
};

/** Items in one page at most, whatever the client asks for. */
const MAX_ITEM_COUNT = 10_000;

/** Tells whether the client wants writes answered without the document. */
export const wantsMinimalReturn = (headers: IncomingHttpHeaders): boolean =>
  preference(headers, "return") === "minimal";

/** Reads one preference of the header `Prefer` (RFC 7240): `wait=5` has the value `5`. */
export const preference = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const prefer = headers.prefer;
  if (prefer === undefined) return undefined;
  const found = (typeof prefer === "string" ? prefer : prefer.join(","))
    .split(/[,;]/)
    .map((part) => part.split("="))
    .find(([key]) => key?.trim().toLowerCase() === name);
  return found?.[1]?.trim();
};
