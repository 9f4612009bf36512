import type { Container, SqlQuerySpec } from "@azure/cosmos";
import * as t from "io-ts";
import { PENDING_REQUEST_SQL } from "../domain/request-document.ts";
import { describeFailure } from "./drain-answers.ts";
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
 * errors  throws an Error that says what Cosmos DB has against the query
 */
export const findLateProjects = async (
  container: Container,
  before: number,
): Promise<readonly LateProject[]> => {
  const query = `SELECT c.projectId, MIN(c._ts) AS oldestTs FROM c
    WHERE ${PENDING_REQUEST_SQL} AND c._ts < @before GROUP BY c.projectId`;
  const parameters = [{ name: "@before", value: before }];
  const rows = await queryAll(container, { query, parameters });
  return rows
    .filter(Row.is)
    .map(({ projectId, oldestTs }) => ({ project: projectOf(projectId), oldestTs }))
    .sort((a, b) => a.oldestTs - b.oldestTs);
};

const queryAll = async (container: Container, query: SqlQuerySpec): Promise<readonly unknown[]> => {
  try {
    return (await container.items.query<unknown>(query).fetchAll()).resources;
  } catch (cause) {
    throw new Error(`Late projects cannot be found: ${describeFailure(cause)}`, { cause });
  }
};
