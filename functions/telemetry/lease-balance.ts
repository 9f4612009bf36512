import type { Container } from "@azure/cosmos";
import type { World } from "../../client/world.ts";

/** The balance moves slowly, and each look at it costs some RU. */
const INTERVAL_MS = 60_000;

/**
 * Makes what looks at most once a minute who owns the leases of the trigger.
 *
 * errors  none: a look that fails is left out, as it is only for people to see
 */
export const createLeaseWatch = (
  leases: Container,
  { prefix, world, tell }: LeaseWatchParts,
): (() => Promise<void>) => {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (world.now() - lookedAtMs < INTERVAL_MS) return;
    lookedAtMs = world.now();
    const query = {
      query: "SELECT c.Owner FROM c WHERE STARTSWITH(c.id, @prefix) AND IS_DEFINED(c.LeaseToken)",
      parameters: [{ name: "@prefix", value: prefix }],
    };
    try {
      const { resources } = await leases.items.query<{ Owner?: unknown }>(query).fetchAll();
      tell(resources.map(({ Owner }) => Owner || null));
    } catch {
      return;
    }
  };
};

export type LeaseWatchParts = {
  /** What the ids of the trigger's leases begin with. */
  readonly prefix: string;
  readonly world: World;
  readonly tell: (owners: readonly unknown[]) => void;
};
