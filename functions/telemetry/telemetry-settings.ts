import * as E from "fp-ts/lib/Either.js";
import type { Environment } from "../../client/settings.ts";

/** Where telemetry goes; without `clientId` the connection string alone opens it. */
export type TelemetrySettings = {
  readonly connectionString: string;
  readonly clientId?: string;
  /** The names under which the Functions host reports as well. */
  readonly role: string;
  readonly instance: string;
};

/**
 * Decodes where telemetry goes. The names are those that the Functions host reads too.
 *
 * shape   undefined without a connection string: then nothing leaves this machine
 * errors  left: one sentence for each wrong setting
 */
export const decodeTelemetrySettings = (
  environment: Environment,
): E.Either<readonly string[], TelemetrySettings | undefined> => {
  const connectionString = environment.APPLICATIONINSIGHTS_CONNECTION_STRING;
  const authentication = environment.APPLICATIONINSIGHTS_AUTHENTICATION_STRING;
  if (!connectionString) return E.right(undefined);
  if (!/(^|;)\s*InstrumentationKey=[^;]/i.test(connectionString)) {
    return E.left([
      'APPLICATIONINSIGHTS_CONNECTION_STRING has no InstrumentationKey; set it to what the resource of Application Insights says, "InstrumentationKey=…;IngestionEndpoint=https://…"',
    ]);
  }
  const role = environment.WEBSITE_SITE_NAME || "todos";
  const instance = environment.WEBSITE_INSTANCE_ID || `${process.pid}`;
  if (!authentication) return E.right({ connectionString, role, instance });
  const parts = new Map(
    authentication.split(";").map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
  if (parts.get("authorization")?.toUpperCase() !== "AAD") {
    return E.left([
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING is not of Entra ID; set it to "ClientId=…;Authorization=AAD", or remove it',
    ]);
  }
  return E.right({ connectionString, clientId: parts.get("clientid") ?? "", role, instance });
};
