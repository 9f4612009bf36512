import { statusOf } from "../client/failure.ts";
import { explainMissingPermission } from "../client/missing-permission.ts";
import { EXIT, type ExitCode, UserError } from "./user-error.ts";

/**
 * Says on one line what went wrong and what to do next, and which exit code that is.
 *
 * shape   `endpoint` is where the command was talking to, if it was
 */
export const explainError = (
  error: unknown,
  endpoint?: string,
): { readonly message: string; readonly exitCode: ExitCode } => {
  if (error instanceof UserError) return { message: error.message, exitCode: error.exitCode };
  const { code } = statusOf(error);
  const known = endpoint === undefined ? undefined : explain(error, code, endpoint);
  return { message: known ?? firstLine(error), exitCode: EXIT.failure };
};

const explain = (error: unknown, code: number | string | undefined, at: string) => {
  const missing = explainMissingPermission(error);
  return missing ? `Cosmos DB at ${at} refuses: ${missing}` : explainStatus(code, at);
};

const explainStatus = (code: number | string | undefined, at: string): string | undefined => {
  switch (code) {
    case "ECONNREFUSED":
    case "ECONNRESET":
      return `No Cosmos DB answers at ${at}; start the embedded one with "npm start", or set COSMOS to the connection string of yours.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host of ${at} is not known; look at the AccountEndpoint in COSMOS and at the network.`;
    case 401:
      return `Cosmos DB at ${at} refuses the key; set COSMOS to the connection string that "npm start" prints, or to that of your account.`;
    case 403:
      return `Cosmos DB at ${at} forbids this; look at the roles of the identity and at the account's firewall.`;
    case 404:
      return `Cosmos DB at ${at} has no such database or container; "npm start" creates them, or set COSMOS_DATABASE and COSMOS_CONTAINER to yours.`;
    default:
      return undefined;
  }
};

const firstLine = (error: unknown): string => {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line || (error instanceof Error ? error.name : "It failed without a message.");
};
