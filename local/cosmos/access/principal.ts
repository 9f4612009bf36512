import { allows, type DataAction, isDataAction } from "./data-action.ts";

/** Somebody with an identity in Entra ID, and the roles that were assigned to it. */
export type Principal = {
  /** The object id of the identity, which its tokens carry as `oid`. */
  readonly principalId: string;
  readonly roles: readonly RoleAssignment[];
};

/** What a role allows, and where: `/`, `/dbs/todos` or `/dbs/todos/colls/items`. */
export type RoleAssignment = {
  readonly scope: string;
  /** As in a role definition: `Microsoft.DocumentDB/databaseAccounts/…`, wildcards included. */
  readonly dataActions: readonly string[];
};

/**
 * Tells whether one of the principal's roles allows an action.
 *
 * shape   on: a container or database by name, "/" for the account, or "any scope"
 */
export const isAllowed = ({ roles }: Principal, action: DataAction, on: string): boolean =>
  roles.some(
    ({ scope, dataActions }) =>
      covers(scope, on) && dataActions.some((granted) => allows(granted, action)),
  );

/** What a request for the account itself is asked for: the SDKs read it before all else. */
export const ANY_SCOPE = "any scope";

/**
 * Refuses principals that could never be allowed what they seem to be.
 *
 * errors  an Error that names the action or scope that does not exist
 */
export const requireSound = (principals: readonly Principal[]): void => {
  for (const { principalId, roles } of principals) {
    for (const { scope, dataActions } of roles) {
      if (!SCOPE.test(scope)) {
        throw new Error(
          `The scope "${scope}" of principal ${principalId} is none; ` +
            "write /, /dbs/<database> or /dbs/<database>/colls/<container>.",
        );
      }
      const unknown = dataActions.find((action) => !isDataAction(action));
      if (unknown !== undefined) {
        throw new Error(
          `Cosmos DB has no data action "${unknown}", which principal ${principalId} is given.`,
        );
      }
    }
  }
};

const SCOPE = /^(\/?|\/dbs\/[^/]+(\/colls\/[^/]+)?)$/;

const covers = (scope: string, on: string): boolean =>
  scope === "" || scope === "/" || on === ANY_SCOPE || on === scope || on.startsWith(`${scope}/`);
