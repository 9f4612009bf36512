import type { Container, OperationInput } from "@azure/cosmos";
import * as t from "io-ts";
import type { TodoRequest } from "../../domain/todo-request.ts";
import type { Submission } from "../submission.ts";
import type { Pending } from "./lanes.ts";
import { isSuccess, operationError } from "./operation-result.ts";

const Existing = t.type({ id: t.string, type: t.unknown, title: t.unknown });

/**
 * Finds out which requests of one project Cosmos DB has already, and whether they are the same.
 *
 * shape   one submission per request that is there; requests that are not there are missing in the
 *         map
 */
export const findExisting = async (
  container: Container,
  pending: readonly Pending[],
): Promise<ReadonlyMap<Pending, Submission>> => {
  const requests = pending.map(({ request }) => request);
  const existing = (await readExisting(container, requests)).filter(Existing.is);
  const byId = new Map(existing.map((item) => [item.id, item]));
  const found = new Map<Pending, Submission>();
  for (const each of pending) {
    const { id, projectId, title } = each.request;
    const item = byId.get(id);
    if (!item) continue;
    const isSame = item.type === "request" && item.title === title;
    found.set(each, { kind: isSame ? "already-accepted" : "conflicting", id, projectId });
  }
  return found;
};

/**
 * Point reads, alone or together: a submitter that could query could read everybody's documents,
 * so its role does not let it.
 */
const readExisting = async (
  container: Container,
  requests: readonly TodoRequest[],
): Promise<readonly unknown[]> => {
  const [first, ...others] = requests;
  if (!first) return [];
  if (others.length === 0) {
    const { resource } = await container.item(first.id, first.projectId).read();
    return [resource];
  }
  const reads = requests.map(
    ({ id, projectId }): OperationInput => ({ operationType: "Read", id, partitionKey: projectId }),
  );
  const results = await container.items.bulk(reads, { continueOnError: true });
  return results.map((result) => {
    if (result.statusCode === 404) return undefined;
    if (!isSuccess(result.statusCode)) throw operationError(result);
    return result.resourceBody;
  });
};
