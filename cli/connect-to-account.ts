import type { Container, CosmosClient } from "@azure/cosmos";
import { connect, itemsContainer } from "../client/connect.ts";
import { readSettings, type Settings } from "../client/settings.ts";
import { explainError } from "./explain-error.ts";
import { EXIT, UserError } from "./user-error.ts";

/** The account that COSMOS names, once it has answered. */
export type ConnectedAccount = {
  readonly client: CosmosClient;
  readonly settings: Settings;
  readonly items: Container;
};

/**
 * Runs a command against the account that the environment names.
 *
 * shape   the container is read first, so that a wrong setting shows before anything is done
 * errors  UserError that says which setting is wrong, or what to start
 */
export const withAccount = async <A>(
  run: (account: ConnectedAccount) => Promise<A>,
  longPollSeconds = 0,
): Promise<A> => {
  const settings = settingsFromEnvironment();
  const client = connect(settings, {
    longPollSeconds,
    userAgentSuffix: "command-line",
    connectionPolicy: { requestTimeout: 30_000 },
  });
  const items = itemsContainer(client, settings);
  try {
    await items.read();
    return await run({ client, settings, items });
  } catch (error) {
    const { message, exitCode } = explainError(error, settings.account.endpoint);
    throw new UserError(message, exitCode);
  } finally {
    client.dispose();
  }
};

const settingsFromEnvironment = (): Settings => {
  try {
    return readSettings(process.env);
  } catch (error) {
    throw new UserError((error as Error).message, EXIT.usage);
  }
};
