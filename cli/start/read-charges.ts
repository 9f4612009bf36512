import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";

/** What the embedded server has charged since it was started. */
export type Charges = { readonly startedAt: number; readonly totalRu: number };

const ChargesBody = t.type({ startedAt: t.number, totalRu: t.number });

/**
 * Reads the embedded server's own sum of request charges.
 *
 * shape   undefined if it cannot tell
 */
export const readCharges = async (endpoint: string): Promise<Charges | undefined> => {
  try {
    const response = await fetch(new URL("/_local/charges", endpoint));
    const decoded = ChargesBody.decode(await response.json());
    return E.isRight(decoded) ? decoded.right : undefined;
  } catch {
    return undefined;
  }
};

/** What was charged in between; undefined if the server was started again and forgot. */
export const chargedBetween = (
  before: Charges | undefined,
  after: Charges | undefined,
): number | undefined =>
  before && after && before.startedAt === after.startedAt
    ? after.totalRu - before.totalRu
    : undefined;
