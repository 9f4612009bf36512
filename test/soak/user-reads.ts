import type { Container } from "@azure/cosmos";
import { createRandom } from "../simulation/random.ts";
import { HOT_PROJECT } from "./phase.ts";

/** What users read from. */
export type Shelves = { readonly container: Container; readonly urls: readonly string[] };

/** Makes the reads of users: they list todos over HTTP and query them with the SDK. */
export const createUserReads = (
  { container, urls }: Shelves,
  { seed, quietProjects }: { readonly seed: number; readonly quietProjects: number },
): (() => Promise<void>) => {
  const random = createRandom(seed, "user reads");
  const list = async (projectId: number): Promise<void> => {
    const response = await fetch(`${random.pick(urls)}/api/projects/${projectId}/todos?limit=50`);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`a list of todos answered ${response.status}`);
  };
  const count = async (projectId: number): Promise<void> => {
    const query = 'SELECT VALUE COUNT(1) FROM c WHERE c.type = "request" AND c.status = "rejected"';
    await container.items.query(query, { partitionKey: projectId }).fetchAll();
  };
  const readCounter = async (projectId: number): Promise<void> => {
    await container.item("counter", projectId).read();
  };
  return async () => {
    const projectId = random.chance(0.1) ? HOT_PROJECT : random.between(1, quietProjects);
    await random.pick([list, count, readCounter])(projectId);
  };
};
