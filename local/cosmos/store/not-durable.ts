import { CosmosError } from "../cosmos-error.ts";

/** Says that a write has been undone because the disk did not take it, and what to do. */
export const notDurable = (error: unknown): CosmosError =>
  new CosmosError(
    503,
    "ServiceUnavailable",
    `The write could not be made durable and was undone (${error instanceof Error ? error.message : "unknown"}): check the disk that holds the data folder, then try again.`,
  );

/** Did the database itself fail, as it does when the disk is full? */
export const isDatabaseFailure = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | null)?.code === "ERR_SQLITE_ERROR";
