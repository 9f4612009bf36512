import type { CosmosClient } from "@azure/cosmos";
import { itemsContainer, leaseContainer } from "../../client/connect.ts";
import { DrainResult } from "../../domain/drain-contract.ts";
import { answerTo, describeFailure } from "../drain-answers.ts";
import { callDrainIn } from "../drain-project.ts";
import { projectOf } from "../project.ts";
import type { AppSettings } from "./app-settings.ts";
import { faultsOfAccount } from "./check-account.ts";
import { faultsOfItems, faultsOfLeases } from "./check-containers.ts";

/** What is checked: an account, the settings of the app, the drain that it was built with. */
export type Deployed = {
  readonly client: CosmosClient;
  readonly settings: AppSettings;
  readonly drainName: string;
};

/**
 * A logical partition of nobody, for the drain's first call: a project's id is a number. Whatever
 * is pending there is rejected as it would be anyway.
 */
const NOBODY = projectOf("start-up-check");

/**
 * Checks that what infra/bicep promises is there, with the rights of the app's own roles.
 *
 * shape   answers all that is wrong, one sentence each, naming the resource and what to do
 * errors  throws what passes by itself, as the SDK threw it: Cosmos DB away, throttled
 * source  no data action reads the text of a stored procedure, so the drain proves itself by an
 *         answer (reference-data-plane-security, infra/bicep/identities.bicep)
 */
export const checkDeployment = async (deployed: Deployed): Promise<readonly string[]> => {
  const { client, settings, drainName } = deployed;
  const { database, container, leaseContainer: leases } = settings.cosmos;
  const items = itemsContainer(client, settings.cosmos);
  const leasesOf = leaseContainer(client, settings.cosmos);
  const faults = await Promise.all([
    probe("the account", () => client.getDatabaseAccount(), {
      missing: "the account is not there; set COSMOS__accountEndpoint, or COSMOS",
      judge: ({ resource }) => (resource ? faultsOfAccount(resource, settings) : NO_ANSWER),
    }),
    probe(`the container "${container}"`, () => items.read(), {
      missing: missing(container, database, "COSMOS_CONTAINER"),
      judge: ({ resource }) => (resource ? faultsOfItems(container, resource) : NO_ANSWER),
    }),
    probe(`the container "${leases}"`, () => leasesOf.read(), {
      missing: missing(leases, database, "COSMOS_LEASE_CONTAINER"),
      judge: ({ resource }) => (resource ? faultsOfLeases(leases, resource) : NO_ANSWER),
    }),
    probe("the stored procedure", () => callDrainIn(items, drainName)(NOBODY, ONE), {
      missing: `the stored procedure ${drainName} of this build is not in "${container}"; deploy dist/drain.js under this name`,
      judge: (answer) => (DrainResult.is(answer) ? [] : [notOurs(drainName)]),
    }),
  ]);
  return faults.flat();
};

const ONE = { limit: 1, feedOrder: [] };
const NO_ANSWER = ["the account describes nothing; set COSMOS__accountEndpoint, or COSMOS"];

type Judge<A> = { readonly missing: string; readonly judge: (found: A) => readonly string[] };

const probe = async <A>(
  what: string,
  call: () => Promise<A>,
  { missing, judge }: Judge<A>,
): Promise<readonly string[]> => {
  try {
    return judge(await call());
  } catch (error) {
    const { attempts } = answerTo(error);
    if (attempts > 1) throw error;
    if ((error as { readonly code?: unknown }).code === 404) return [missing];
    return [`${what} refuses: ${describeFailure(error)}`];
  }
};

const missing = (container: string, database: string, setting: string): string =>
  `the container "${container}" of the database "${database}" is not there; deploy infra/bicep, or set COSMOS_DATABASE and ${setting}`;

const notOurs = (drainName: string): string =>
  `the stored procedure ${drainName} answers something else than a drain does; deploy dist/drain.js under this name`;
