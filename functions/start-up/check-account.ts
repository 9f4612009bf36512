import type { DatabaseAccount } from "@azure/cosmos";
import type { Settings } from "../../client/settings.ts";
import type { Durability } from "./app-settings.ts";

/** What the app takes from the account's description. */
export type AccountFacts = Pick<
  DatabaseAccount,
  | "consistencyPolicy"
  | "enableMultipleWritableLocations"
  | "writableLocations"
  | "readableLocations"
>;

/**
 * Lists what the account lacks for what the deployment promises.
 *
 * shape   the number of regions is not asked: with a region offline the others must start
 * source  ARCHITECTURE.md, I3; learn.microsoft.com/azure/cosmos-db/consistency-levels: RPO 0 is Strong alone
 */
export const faultsOfAccount = (
  account: AccountFacts,
  { cosmos, durability }: { readonly cosmos: Settings; readonly durability: Durability },
): readonly string[] => {
  const faults: string[] = [];
  const { consistencyPolicy, enableMultipleWritableLocations, writableLocations } = account;
  if (enableMultipleWritableLocations || writableLocations.length > 1) {
    faults.push(
      "the account has several write regions, where counters lose numbers; set its enableMultipleWriteLocations to false",
    );
  }
  const needed = NEEDED[durability];
  if (STRENGTH.indexOf(consistencyPolicy) < STRENGTH.indexOf(needed)) {
    faults.push(
      `the account's default consistency is ${consistencyPolicy}, and DURABILITY=${durability} needs ${needed}; deploy the account with infra/bicep, or set DURABILITY to what it keeps`,
    );
  }
  const { preferredRegions = [] } = cosmos;
  const regions = account.readableLocations.map(({ name }) => name);
  if (preferredRegions.length > 0 && !regions.some(isOneOf(preferredRegions))) {
    faults.push(
      `COSMOS_PREFERRED_REGIONS names no region of the account; set it to some of ${regions.join(",")}`,
    );
  }
  return faults;
};

const NEEDED: Readonly<Record<Durability, string>> = {
  local: "Eventual",
  zone: "Session",
  region: "Strong",
};

const STRENGTH: readonly string[] = [
  "Eventual",
  "ConsistentPrefix",
  "Session",
  "BoundedStaleness",
  "Strong",
];

/** Regions are the same as the SDK compares them: without spaces, in any case. */
const isOneOf = (regions: readonly string[]) => {
  const normal = (region: string): string => region.replaceAll(" ", "").toLowerCase();
  const known = new Set(regions.map(normal));
  return (region: string): boolean => known.has(normal(region));
};
