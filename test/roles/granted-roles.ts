import type { RoleAssignment } from "../../local/cosmos/access/principal.ts";
import { type Grant, grantsOf } from "../infra/granted-actions.ts";
import { environments, ofType, readSnapshot, type Snapshot } from "../infra/snapshot.ts";

/** What a deployment lets an identity do. */
export type GrantedRoles = {
  /** The environments that grant exactly this. */
  readonly environments: readonly string[];
  readonly roles: readonly RoleAssignment[];
};

/** One action of one scope, with its name as Azure has it. */
export type GrantedAction = { readonly scope: string; readonly action: string };

/**
 * What the committed snapshots grant to identities, such as those with `-submitter` in their names;
 * the same once.
 */
export const rolesOf = (identity: string): readonly GrantedRoles[] => {
  const found = new Map<string, GrantedRoles>();
  for (const environment of environments) {
    const snapshot = readSnapshot(environment);
    for (const name of namesOf(snapshot, identity)) {
      const roles = grantsOf(snapshot, name).map(asRole);
      const key = JSON.stringify(roles);
      const same = found.get(key)?.environments ?? [];
      found.set(key, { environments: [...new Set([...same, environment])], roles });
    }
  }
  return [...found.values()];
};

const namesOf = (snapshot: Snapshot, part: string): readonly string[] =>
  ofType(snapshot, "Microsoft.ManagedIdentity/userAssignedIdentities")
    .map(({ name }) => name)
    .filter((name) => name.includes(part));

/** The roles of an identity to which all environments grant the same. */
export const theRolesOf = (identity: string): readonly RoleAssignment[] => {
  const [only, ...others] = rolesOf(identity);
  if (!only || others.length > 0) throw new Error(`${identity} is granted different things.`);
  return only.roles;
};

/** Lists each action of each scope once, whatever roles it comes with. */
export const everyAction = (roles: readonly RoleAssignment[]): readonly GrantedAction[] => {
  const all = roles.flatMap(({ scope, dataActions }) =>
    dataActions.map((action) => `${scope} ${action}`),
  );
  return [...new Set(all)].sort().map((each) => {
    const [scope = "", action = ""] = each.split(" ");
    return { scope, action };
  });
};

/** Takes one action of one scope out of all roles. */
export const without = (
  roles: readonly RoleAssignment[],
  { scope, action }: GrantedAction,
): readonly RoleAssignment[] =>
  roles.map((role) =>
    role.scope === scope
      ? { scope, dataActions: role.dataActions.filter((each) => each !== action) }
      : role,
  );

/** For titles: the end of an action's name and the container. */
export const shortName = ({ scope, action }: GrantedAction): string =>
  `${action.replace(/^.*(containers|databaseAccounts)\//, "")} on ${scope.split("/").at(-1) || "the account"}`;

const asRole = ({ scope, dataActions }: Grant): RoleAssignment => ({
  scope,
  dataActions: dataActions.map((action) => `Microsoft.DocumentDB/databaseAccounts/${action}`),
});
