import type { CosmosRequest } from "../http/exchange.ts";
import { batchOperations } from "../operations/batch-request.ts";
import type { DataAction } from "./data-action.ts";

/**
 * What an identity needs for a request: all of these data actions, or the control plane, which no
 * role for data opens.
 */
export type Needs =
  | readonly DataAction[]
  | ((request: CosmosRequest) => readonly DataAction[])
  | "control plane";

export const CONTROL_PLANE = "control plane";

/** Properties and physical partitions; throughput is not among them. */
export const METADATA = ["readMetadata"] as const;

/**
 * "To perform NoSQL queries using the SDKs, you must have both": which request of a query Azure asks
 * for the second one is not known, so here it is the query itself, and its plan.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/nosql/security/reference-data-plane-actions
 */
export const QUERY = [
  "sqlDatabases/containers/executeQuery",
  "sqlDatabases/containers/readChangeFeed",
] as const;

export const FEED = ["sqlDatabases/containers/readChangeFeed"] as const;

/** What the script reads and writes is not asked for again; for Azure this is not documented. */
export const EXECUTE = ["sqlDatabases/containers/executeStoredProcedure"] as const;

export const CONFLICTS = ["sqlDatabases/containers/manageConflicts"] as const;
export const CREATE = ["sqlDatabases/containers/items/create"] as const;
export const READ = ["sqlDatabases/containers/items/read"] as const;
export const UPSERT = ["sqlDatabases/containers/items/upsert"] as const;
export const REPLACE = ["sqlDatabases/containers/items/replace"] as const;
export const DELETE = ["sqlDatabases/containers/items/delete"] as const;

/** There is no action of that name; that it is a kind of replacing is a guess. */
export const PATCH = ["sqlDatabases/containers/items/replace"] as const;

/** What each operation of a batch needs by itself; for Azure this is not documented. */
export const BATCH = (request: CosmosRequest): readonly DataAction[] => {
  const kinds = new Set(batchOperations(request).map(({ operationType }) => String(operationType)));
  return [...kinds].flatMap((kind) => BATCH_ACTIONS[kind] ?? []);
};

const BATCH_ACTIONS: Readonly<Record<string, readonly DataAction[]>> = {
  Create: CREATE,
  Upsert: UPSERT,
  Read: READ,
  Replace: REPLACE,
  Patch: PATCH,
  Delete: DELETE,
};
