import type { Container } from "@azure/cosmos";
import { untilReachable } from "../../cli/until-reachable.ts";
import { type Lease, leaseRange } from "../../client/processor/lease.ts";
import { effectivePartitionKey } from "../../local/cosmos/partitioning/effective-partition-key.ts";

/** Projects that only we ask for, to see how soon something is done. */
export const PROBE_PROJECTS: readonly number[] = Array.from({ length: 16 }, (_, i) => 1_001 + i);

/** Who holds which part of the key space. */
export type HeldLease = { readonly id: string; readonly owner: string; readonly project: number };

/** Lists the leases that somebody holds, each with a project of ours in its range. */
export const heldLeases = async (leases: Container): Promise<readonly HeldLease[]> => {
  const query = "SELECT * FROM c WHERE IS_STRING(c.Owner) AND IS_DEFINED(c.LeaseToken)";
  const { resources } = await untilReachable(() => leases.items.query<Lease>(query).fetchAll());
  return resources.flatMap((lease) => {
    const range = leaseRange(lease);
    const project = PROBE_PROJECTS.find((id) => {
      const key = effectivePartitionKey([id], DEFINITION);
      return range && key >= range.min && key < range.max;
    });
    return project === undefined || !lease.Owner
      ? []
      : [{ id: lease.id, owner: lease.Owner, project }];
  });
};

const DEFINITION = { paths: ["/projectId"], kind: "Hash", version: 2 } as const;
