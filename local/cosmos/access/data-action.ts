/**
 * What roles of Cosmos DB can allow, without what all names begin with.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/nosql/security/reference-data-plane-actions
 */
export const DATA_ACTIONS = [
  "readMetadata",
  "sqlDatabases/containers/executeQuery",
  "sqlDatabases/containers/readChangeFeed",
  "sqlDatabases/containers/executeStoredProcedure",
  "sqlDatabases/containers/manageConflicts",
  "sqlDatabases/containers/items/create",
  "sqlDatabases/containers/items/read",
  "sqlDatabases/containers/items/replace",
  "sqlDatabases/containers/items/upsert",
  "sqlDatabases/containers/items/delete",
  "sqlDatabases/containers/items/unmask",
] as const;
export type DataAction = (typeof DATA_ACTIONS)[number];

/** Gives an action the name that it has in Azure's role definitions and messages. */
export const fullName = (action: string): string => `${PREFIX}${action}`;

/**
 * Tells whether an action of a role definition, which may end in `*`, allows an action.
 *
 * shape   `containers/*` does not reach into `containers/items/`: the documents list both, and the
 *         built-in roles have both
 */
export const allows = (granted: string, action: DataAction): boolean => {
  const name = fullName(action);
  if (!granted.endsWith("/*")) return granted === name;
  const level = granted.slice(0, -1);
  return name.startsWith(level) && !name.slice(level.length).includes("/");
};

/** Tells whether a name in a role definition allows anything at all. */
export const isDataAction = (granted: string): boolean =>
  DATA_ACTIONS.some((action) => allows(granted, action));

const PREFIX = "Microsoft.DocumentDB/databaseAccounts/";
