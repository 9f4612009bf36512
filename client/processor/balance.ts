import { isFree, type Lease } from "./lease.ts";

export type BalanceContext = {
  readonly instanceName: string;
  readonly nowMs: number;
  readonly expirationIntervalMs: number;
  /** Ids of the leases that this instance works on. */
  readonly held: ReadonlySet<string>;
};

/**
 * Selects which leases this instance takes now, so that all instances come to have about the same
 * number.
 *
 * shape   free ones as many as are needed; else at most one, stolen from whoever has most. A lease
 *         that is in our name but not worked on counts as free: it came from a failed release
 * source  EqualPartitionsBalancingStrategy.cs of the .NET SDK
 */
export const selectLeasesToTake = (
  leases: readonly Lease[],
  context: BalanceContext,
): readonly Lease[] => {
  const { instanceName, nowMs, expirationIntervalMs, held } = context;
  const free: Lease[] = [];
  const owned = new Map<string, Lease[]>();
  for (const lease of leases) {
    const isStray = lease.Owner === instanceName && !held.has(lease.id);
    if (!lease.Owner || isStray || isFree(lease, nowMs, expirationIntervalMs)) free.push(lease);
    else owned.set(lease.Owner, [...(owned.get(lease.Owner) ?? []), lease]);
  }
  const mine = owned.get(instanceName)?.length ?? 0;
  if (!owned.has(instanceName)) owned.set(instanceName, []);
  const target = leases.length > owned.size ? Math.ceil(leases.length / owned.size) : 1;
  const needed = target - mine;
  if (leases.length === 0 || needed <= 0) return [];
  if (free.length > 0) return free.slice(0, needed);
  const richest = findRichest(owned);
  const [stolen] = richest.length > target - (needed > 1 ? 1 : 0) ? richest : [];
  return stolen ? [stolen] : [];
};

const findRichest = (owned: ReadonlyMap<string, readonly Lease[]>): readonly Lease[] => {
  let richest: readonly Lease[] = [];
  for (const leases of owned.values()) if (leases.length >= richest.length) richest = leases;
  return richest;
};
