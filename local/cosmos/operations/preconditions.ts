import { preconditionFailed } from "../cosmos-error.ts";

/** Refuses with 412 when `If-Match` names another version; absent and `*` match every version. */
export const requireMatch = (ifMatch: string | undefined, etag: string): void => {
  if (ifMatch === undefined || ifMatch === "*" || sameEtag(ifMatch, etag)) return;
  throw preconditionFailed();
};

/** Compares etags; some clients send them without their quotes. */
export const sameEtag = (sent: string, etag: string): boolean =>
  sent === etag || `"${sent}"` === etag;
