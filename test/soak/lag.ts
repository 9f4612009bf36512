import type { Container } from "@azure/cosmos";
import { PENDING_REQUEST_SQL } from "../../domain/request-document.ts";

/**
 * How far the pipeline is behind.
 *
 * units  oldestAgeMs: of the oldest pending request, 0 if nothing is pending; Cosmos DB tells whole
 *        seconds, so it is up to a second too much
 */
export type Lag = {
  readonly atMs: number;
  readonly pending: number;
  readonly oldestAgeMs: number;
};

/** Reads the lag of all projects together, in one look at all pending requests. */
export const readLag = async (container: Container): Promise<Lag> => {
  const query = `SELECT c.projectId, COUNT(1) AS pending, MIN(c._ts) AS oldestTs
    FROM c WHERE ${PENDING_REQUEST_SQL} GROUP BY c.projectId`;
  const { resources } = await container.items.query<PendingProject>(query).fetchAll();
  const atMs = Date.now();
  const pending = resources.reduce((sum, project) => sum + project.pending, 0);
  const oldestTs = Math.min(...resources.map((project) => project.oldestTs));
  return { atMs, pending, oldestAgeMs: pending === 0 ? 0 : atMs - oldestTs * 1000 };
};

type PendingProject = { readonly pending: number; readonly oldestTs: number };
