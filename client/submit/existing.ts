import type { Container } from "@azure/cosmos";
import * as t from "io-ts";
import type { Submission } from "../submission.ts";
import type { Pending } from "./lanes.ts";

const Existing = t.type({ id: t.string, type: t.unknown, title: t.unknown });

/**
 * Finds out which requests of one project Cosmos DB has already, and whether they are the same.
 *
 * shape   one submission per request that is there; requests that are not there are missing in the map
 */
export const findExisting = async (
  container: Container,
  pending: readonly Pending[],
): Promise<ReadonlyMap<Pending, Submission>> => {
  const projectId = pending[0]?.request.projectId ?? 0;
  const { resources } = await container.items
    .query(
      {
        query: "SELECT c.id, c.type, c.title FROM c WHERE ARRAY_CONTAINS(@ids, c.id)",
        parameters: [{ name: "@ids", value: pending.map(({ request }) => request.id) }],
      },
      { partitionKey: projectId },
    )
    .fetchAll();
  const byId = new Map(resources.filter(Existing.is).map((existing) => [existing.id, existing]));
  const found = new Map<Pending, Submission>();
  for (const each of pending) {
    const { id, title } = each.request;
    const existing = byId.get(id);
    if (!existing) continue;
    const same = existing.type === "request" && existing.title === title;
    found.set(each, { kind: same ? "already-accepted" : "conflicting", id, projectId });
  }
  return found;
};
