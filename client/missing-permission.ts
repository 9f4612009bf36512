import { statusOf } from "./failure.ts";

/**
 * Says which permission an identity lacks, and what to do about it, in one sentence.
 *
 * shape   undefined if that is not why the call failed
 * source  texts of 403/5300 and 5301: issues 5014, 2891 and 3638 of azure-cosmos-dotnet-v3; 401/5202:
 *         learn.microsoft.com, container copy jobs
 */
export const explainMissingPermission = (error: unknown): string | undefined => {
  const { code, substatus } = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 401 && (substatus === 5202 || /Local Authorization is disabled/.test(message))) {
    return "the account takes no keys (401/5202); set COSMOS__accountEndpoint in place of COSMOS to use an identity.";
  }
  if (code !== 403) return undefined;
  const status = `403${substatus ? `/${substatus}` : ""}`;
  const [, request] = /The given request \[([^\]]*)\] cannot be authorized/.exec(message) ?? [];
  if (request !== undefined) {
    return `no role lets an identity do "${request}" (${status}); deploy it, with infra/bicep or the Azure CLI.`;
  }
  const [, principal, action, on] = MISSING.exec(message) ?? [];
  if (principal === undefined || action === undefined) return undefined;
  return (
    `the identity ${principal} lacks the data action ${action} on ${where(on)} (${status}); ` +
    "assign it the role of infra/bicep/identities.bicep that has it, and wait some minutes."
  );
};

const MISSING =
  /principal \[([^\]]+)\] does not have (?:the )?required RBAC permissions to perform action \[([^\]]+)\](?:.*? on (any scope|resource \[[^\]]*\]))?/s;

/** Cosmos DB escapes the slashes in some of its messages. */
const where = (on: string | undefined): string => {
  const resource = /\[(.*)\]/.exec(on ?? "")?.[1]?.replaceAll("\\", "");
  return resource === undefined || resource === "/" ? "the account" : resource;
};
