import { issueToken } from "../../../local/cosmos/access/entra-token.ts";
import { rolesOf } from "../../roles/granted-roles.ts";
import { type Delivery, missingChanges, outOfOrderChanges } from "../delivered-changes.ts";
import {
  allItems,
  type EmbeddedAccount,
  scaleToPartitions,
  withEmbeddedAccount,
} from "../embedded-account.ts";
import { withIdentityEndpoint } from "../identity-endpoint.ts";
import { startDotnetProcessor } from "../processors.ts";
import { refute, type Scenario, until } from "../scenario.ts";
import { deployWriter, writeProjects } from "../write-projects.ts";

const PROJECTS = [1, 2, 3, 4, 5, 6, 7, 8];
const DELIVERY_LIMIT_MS = 60_000;
const TOKEN_LIFETIME_MS = 60 * 60 * 1000;
const PRINCIPAL = "the-trigger";

/** The .NET processor is the trigger's engine: what it asks for, the function app must be granted. */
export const grantedRoles: Scenario = {
  title: "a .NET processor does with exactly the roles of the function app, also after a split",
  run: (progress) => {
    const [least] = [...rolesOf("-processor-")].sort((a, b) => a.roles.length - b.roles.length);
    const roles = least?.roles ?? [];
    const entra = { principals: [{ principalId: PRINCIPAL, roles }] };
    return withEmbeddedAccount(1, (account) => asIdentity(account, progress), { entra });
  },
};

const asIdentity = (account: EmbeddedAccount, progress: (text: string) => void) => {
  const { connectionString } = account;
  const key = /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? "";
  const expiresAtMs = Date.now() + TOKEN_LIFETIME_MS;
  const token = issueToken(key, { principalId: PRINCIPAL, expiresAtMs });
  return withIdentityEndpoint({ connectionString, token }, async ({ seen, ...endpoint }) => {
    await deployWriter(account.items);
    const deliveries: Delivery[] = [];
    const processor = startDotnetProcessor({
      account: { ...account, ...endpoint },
      name: ".NET",
      prefix: "granted",
      maxItems: 20,
      onDelivery: (delivery) => deliveries.push(delivery),
    });
    await processor.heard("started");
    const writeAndHear = async (firstStep: number): Promise<number> => {
      await writeProjects(account.items, { projects: PROJECTS, steps: 5, firstStep });
      const documents = await allItems(account.items);
      const missing = () => missingChanges(documents, deliveries);
      await until("all changes", DELIVERY_LIMIT_MS, () => missing().length === 0).finally(() => {
        refute("refused", refusedOf(seen));
        refute("missing", missing());
      });
      return documents.length;
    };
    progress("one physical partition");
    await writeAndHear(1);
    progress("two, after a split");
    await scaleToPartitions(account, 2);
    const documents = await writeAndHear(6);
    await processor.stop();
    refute("refused", refusedOf(seen));
    refute("order", outOfOrderChanges(deliveries));
    return { documents, requests: seen.length, kindsOfRequests: kindsOf(seen).size };
  });
};

const refusedOf = (seen: readonly string[]): readonly string[] =>
  seen.filter((each) => / (401|403)$/.test(each));

/** Requests without ids and statuses. */
const kindsOf = (seen: readonly string[]): ReadonlySet<string> =>
  new Set(seen.map((each) => each.replace(/\/docs\/.*/, "/docs/{}").replace(/ \d+$/, "")));
