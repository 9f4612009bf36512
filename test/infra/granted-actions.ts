import { at, ofType, type Snapshot } from "./snapshot.ts";

/** What a deployment lets an identity do with the data. */
export type Grant = {
  /** Where: "" is the whole account, `/dbs/todos/colls/items` one container. */
  readonly scope: string;
  /** Without the prefix `Microsoft.DocumentDB/databaseAccounts/`. */
  readonly dataActions: readonly string[];
};

/** Lists the grants of the identities whose name contains this, such as `-processor-`. */
export const grantsOf = (snapshot: Snapshot, identity: string): readonly Grant[] =>
  ofType(snapshot, `${ACCOUNTS}/sqlRoleAssignments`)
    .filter(({ properties }) => String(properties.principalId).includes(identity))
    .map(({ id, properties }) => ({
      scope: withoutAccount(String(properties.scope), id),
      dataActions: definition(snapshot, properties.roleDefinitionId).dataActions,
    }));

/** Finds a role definition by its id. */
export const definition = (snapshot: Snapshot, id: unknown): Grant => {
  const role = ofType(snapshot, `${ACCOUNTS}/sqlRoleDefinitions`).find((each) => each.id === id);
  if (!role) throw new Error(`${snapshot.environment} has no role definition ${id}.`);
  const actions = at(role, "properties.permissions.0.dataActions") as readonly string[];
  return {
    scope: withoutAccount(String(at(role, "properties.assignableScopes.0")), role.id),
    dataActions: actions.map((action) => action.slice(ACCOUNTS.length + 1)).sort(),
  };
};

const ACCOUNTS = "Microsoft.DocumentDB/databaseAccounts";

const withoutAccount = (scope: string, idOfChild: string): string => {
  const account = idOfChild.replace(/\/sqlRole\w+\/[^/]+$/, "");
  if (!scope.startsWith(account)) throw new Error(`${scope} is not inside ${account}.`);
  return scope.slice(account.length);
};
