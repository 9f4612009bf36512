import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerRequest, CosmosClient, IndexingPolicy } from "@azure/cosmos";

/** The names of what is created, and where the built stored procedure is. */
export type Deployment = {
  readonly database: string;
  readonly container: string;
  readonly leaseContainer: string;
  /** The folder that `build.ts` filled: drain.js and drain.json. */
  readonly appDirectory: string;
};

/**
 * Creates on an empty account what Bicep creates in Azure, and deploys the stored procedure.
 *
 * shape   idempotent: what exists is left as it is; answers the name of the stored procedure
 * errors  throws what the SDK throws, or what is missing in the build
 */
export const provision = async (
  client: CosmosClient,
  { database, container, leaseContainer, appDirectory }: Deployment,
): Promise<string> => {
  const script = await readScript(appDirectory);
  const created = await client.databases.createIfNotExists({ id: database });
  const { containers } = created.database;
  await containers.createIfNotExists(await itemsDefinition(container));
  // The change feed processor wants this key; -1 lets each lease say when it ends.
  await containers.createIfNotExists({
    id: leaseContainer,
    partitionKey: { paths: ["/id"] },
    defaultTtl: -1,
  });
  await createScript(client, { database, container, script });
  return script.id;
};

const POLICY_FILE = join(import.meta.dirname, "../../infra/bicep/items-indexing-policy.json");

const itemsDefinition = async (id: string): Promise<ContainerRequest> => ({
  id,
  partitionKey: { paths: ["/projectId"], version: 2 },
  indexingPolicy: JSON.parse(await readFile(POLICY_FILE, "utf8")) as IndexingPolicy,
});

type Script = { readonly id: string; readonly body: string };

const readScript = async (appDirectory: string): Promise<Script> => {
  try {
    const body = await readFile(join(appDirectory, "drain.js"), "utf8");
    const { name } = JSON.parse(await readFile(join(appDirectory, "drain.json"), "utf8")) as {
      readonly name: string;
    };
    return { id: name, body };
  } catch (cause) {
    throw new Error(`${appDirectory} has no built stored procedure; run "npm run build" first`, {
      cause,
    });
  }
};

type Target = { readonly database: string; readonly container: string; readonly script: Script };

const createScript = async (
  client: CosmosClient,
  { database, container, script }: Target,
): Promise<void> => {
  const { storedProcedures } = client.database(database).container(container).scripts;
  try {
    await storedProcedures.create({ id: script.id, body: script.body });
  } catch (error) {
    // Its name is made from its text: one with the same name is the same script.
    if ((error as { code?: unknown }).code !== 409) throw error;
  }
};
