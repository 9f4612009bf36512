import { badRequest, type CosmosError } from "../cosmos-error.ts";

export type Position = number;

/**
 * Refuses a query text the way the service does: the offending token and where it is.
 *
 * shape   position: offset of the token's first character in the query text
 */
export const syntaxError = (near: string, position: Position): CosmosError =>
  queryError(
    near === ""
      ? "Syntax error, unexpected end-of-file token."
      : `Syntax error, incorrect syntax near '${near}'.`,
    { code: "SC1001", start: position, end: position + Math.max(near.length, 1) },
  );

/** Refuses a query that reads well but means nothing. */
export const semanticError = (message: string, position?: Position): CosmosError =>
  queryError(message, { code: "SC2001", start: position ?? 0, end: (position ?? 0) + 1 });

type Place = { readonly code: string; readonly start: Position; readonly end: Position };

const queryError = (message: string, { code, start, end }: Place): CosmosError =>
  badRequest(
    `Message: ${JSON.stringify({
      errors: [{ severity: "Error", location: { start, end }, code, message }],
    })}`,
  );
