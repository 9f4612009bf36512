import type { Container } from "@azure/cosmos";
import { until } from "./scenario.ts";

const LIMIT_MS = 60_000;

/** Waits until the leases belong to these owners, and to no other; returns seconds. */
export const waitForOwners = async (
  leases: Container,
  owners: Readonly<Record<string, number>>,
): Promise<number> => {
  const start = performance.now();
  const describe = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([owner, count]) => `${count} of ${owner}`)
      .sort()
      .join(", ");
  const wanted = describe(owners);
  await until(`leases to be ${wanted}`, LIMIT_MS, async () => {
    const { resources } = await leases.items
      .query<{ Owner: string | null }>("SELECT c.Owner FROM c WHERE IS_DEFINED(c.LeaseToken)")
      .fetchAll();
    const counts = Map.groupBy(resources, ({ Owner }) => String(Owner ?? null));
    return (
      wanted ===
      describe(Object.fromEntries([...counts].map(([owner, { length }]) => [owner, length])))
    );
  });
  return Number(((performance.now() - start) / 1000).toFixed(1));
};
