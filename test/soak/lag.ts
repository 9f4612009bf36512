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

/** Reads the lag of all projects together. */
export const readLag = async (container: Container): Promise<Lag> => {
  const value = async (aggregate: string): Promise<number | undefined> => {
    const query = `SELECT VALUE ${aggregate} FROM c WHERE ${PENDING_REQUEST_SQL}`;
    const { resources } = await container.items.query<unknown>(query).fetchAll();
    const [found] = resources;
    return typeof found === "number" ? found : undefined;
  };
  const pending = (await value("COUNT(1)")) ?? 0;
  const oldestTs = pending === 0 ? undefined : await value("MIN(c._ts)");
  const atMs = Date.now();
  return { atMs, pending, oldestAgeMs: oldestTs === undefined ? 0 : atMs - oldestTs * 1000 };
};
