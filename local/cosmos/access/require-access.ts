import { type CosmosError, forbidden } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { fullName } from "./data-action.ts";
import type { Needs } from "./needed-actions.ts";
import { ANY_SCOPE, isAllowed, type Principal } from "./principal.ts";

/**
 * Refuses a request that no role of the principal allows.
 *
 * errors  403/5300 for what data roles never allow, 5301 for metadata, 5302 for data by name, 5303
 *         for data by resource id; before it is known whether the resource exists, as in Azure
 * source  codes: StatusCodes.cs of azure-cosmos-dotnet-v3, branch msdata/direct; texts of 5300 and
 *         5301: issues 5014, 2891 and 3638 there; that 5302 and 5303 say the same is a guess
 */
export const requireAccess = (principal: Principal, needs: Needs, request: CosmosRequest): void => {
  if (needs === "control plane") throw controlPlane(request);
  const { name, isByRid } = resourceOf(request);
  for (const action of typeof needs === "function" ? needs(request) : needs) {
    if (isAllowed(principal, action, name)) continue;
    const data = isByRid ? UNAUTHORIZED_BY_RID : UNAUTHORIZED_BY_NAME;
    throw blocked(
      request,
      `Request is blocked because principal [${principal.principalId}] does not have required RBAC ` +
        `permissions to perform action [${fullName(action)}] on ${described(name)}.`,
      action === "readMetadata" ? UNAUTHORIZED_METADATA : data,
    );
  }
};

const OPERATION_NOT_SUPPORTED = 5300;
const UNAUTHORIZED_METADATA = 5301;
const UNAUTHORIZED_BY_NAME = 5302;
const UNAUTHORIZED_BY_RID = 5303;

const controlPlane = (request: CosmosRequest): CosmosError =>
  blocked(
    request,
    `The given request [${request.method} /${request.segments.join("/")}] cannot be authorized by ` +
      "AAD token in data plane.",
    OPERATION_NOT_SUPPORTED,
  );

const blocked = ({ headers }: CosmosRequest, why: string, substatus: number): CosmosError => {
  const account = (headers.host ?? "").replace(/:\d+$/, "");
  return forbidden(
    `Request blocked by Auth ${account} : ${why} Learn more: https://aka.ms/cosmos-native-rbac.`,
    substatus,
  );
};

const described = (name: string): string =>
  name === ANY_SCOPE ? name : `resource [${name === "/" ? name : name.slice(1)}]`;

/** The container or database that roles speak of, by name, whatever the request says. */
const resourceOf = ({ segments, account }: CosmosRequest) => {
  const [root, first, , second] = segments;
  if (root === undefined) return { name: ANY_SCOPE, isByRid: false };
  if (root !== "dbs" || first === undefined) return { name: "/", isByRid: false };
  const { catalogue } = account.store;
  const database = catalogue.findDatabase(first);
  const databaseName = `/dbs/${database?.id ?? first}`;
  if (second === undefined) {
    return { name: databaseName, isByRid: database !== undefined && database.id !== first };
  }
  const container = database && catalogue.findContainer(database, second);
  return {
    name: `${databaseName}/colls/${container?.id ?? second}`,
    isByRid: container !== undefined && container.id !== second,
  };
};
