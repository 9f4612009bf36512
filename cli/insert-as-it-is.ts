import type { Container, ItemDefinition, PartitionKey } from "@azure/cosmos";
import { statusOf } from "../client/failure.ts";
import type { RequestInFile } from "./requests-file.ts";
import { untilReachable } from "./until-reachable.ts";

/** What Cosmos DB made of a document. */
export type Insertion =
  | { readonly kind: "accepted" }
  | { readonly kind: "already-accepted" }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Inserts a request that can never become a todo, just as any other writer could: the pipeline is the
 * one that rejects it, with a reason.
 *
 * errors  Cosmos DB stays away, or the deployment is wrong
 */
export const insertAsItIs = async (
  container: Container,
  request: RequestInFile,
): Promise<Insertion> => {
  const document = { ...request, type: "request" };
  try {
    await untilReachable(() => container.items.create(document as ItemDefinition));
    return { kind: "accepted" };
  } catch (error) {
    const { code } = statusOf(error);
    if (code === 409) return compareWithExisting(container, request);
    if (typeof code === "string" || WRONG_DEPLOYMENT.has(Number(code))) throw error;
    const [why = ""] = (error as Error).message.split("\n");
    return { kind: "refused", why: code === 413 ? "it is larger than 2 MB" : why };
  }
};

const WRONG_DEPLOYMENT: ReadonlySet<number> = new Set([401, 403, 404]);

const compareWithExisting = async (
  container: Container,
  { id, projectId, title }: RequestInFile,
): Promise<Insertion> => {
  const item = container.item(String(id), projectId as PartitionKey);
  const { resource } = await untilReachable(() => item.read());
  const isSame =
    resource?.type === "request" && JSON.stringify(resource.title) === JSON.stringify(title);
  return isSame
    ? { kind: "already-accepted" }
    : { kind: "refused", why: `the id ${id} is taken by something else; give it another` };
};
