import type { Container } from "@azure/cosmos";
import * as t from "io-ts";
import { PENDING_REQUEST_SQL } from "../domain/request-document.ts";
import { type Project, projectOf } from "./project.ts";

/** A project whose oldest pending request is older than it should be. */
export type LateProject = { readonly project: Project; readonly oldestTs: number };

const Row = t.intersection([t.type({ oldestTs: t.number }), t.partial({ projectId: t.unknown })]);

/**
 * Finds the projects that have a request pending since before a time, the oldest first.
 *
 * shape   one query over all partitions; grouped by Cosmos DB, so that a project with a hundred
 *         thousand pending requests hides no other
 * units   before: seconds since 1970, as `_ts`
 */
export const findLateProjects = async (
  container: Container,
  before: number,
): Promise<readonly LateProject[]> => {
  const query = `SELECT c.projectId, MIN(c._ts) AS oldestTs FROM c
    WHERE ${PENDING_REQUEST_SQL} AND c._ts < @before GROUP BY c.projectId`;
  const parameters = [{ name: "@before", value: before }];
  const { resources } = await container.items.query({ query, parameters }).fetchAll();
  return resources
    .filter(Row.is)
    .map(({ projectId, oldestTs }) => ({ project: projectOf(projectId), oldestTs }))
    .sort((a, b) => a.oldestTs - b.oldestTs);
};
