import { statusOf } from "../../client/failure.ts";
import type { Ledger } from "./ledger.ts";
import type { Surroundings } from "./link.ts";
import type { Running } from "./machine.ts";
import type { Random } from "./random.ts";
import type { Safety } from "./safety.ts";
import { simulatedContainer } from "./simulated-container.ts";

/** What somebody does to the container without our client. */
export type Deed = { readonly atMs: number } & (
  | {
      readonly kind: "create" | "upsert";
      readonly document: Document;
      /** The document is deleted again so long after it was created. */
      readonly standsMs?: number;
    }
  | {
      readonly kind: "delete";
      readonly projectId: number;
      readonly id: string;
      /** Only this version of it. */
      readonly etag?: string;
    }
);

type Document = Readonly<Record<string, unknown>> & { readonly id: string };

/** Makes a document that claims to be a request and can never become a todo, or one in disguise. */
export const poisonDocument = (random: Random, id: string, projectId: number): Document => {
  const request = { id, projectId, type: "request" };
  const { projectId: _, ...withoutProject } = request;
  return random.pick<Document>([
    request,
    { ...request, title: null },
    { ...request, title: random.between(1, 9) },
    { ...request, title: " \t" },
    { ...request, title: "x".repeat(5_000) },
    { ...request, title: "t", id: `${id}-${"é".repeat(130)}` },
    { ...request, title: "t", projectId: String(projectId) },
    { ...request, title: "t", projectId: 0 },
    { ...request, title: "t", projectId: 1.5 },
    { ...request, title: "t", projectId: null },
    { ...request, title: "t", projectId: true },
    { ...withoutProject, title: "t" },
    // These can become todos, whatever else they say.
    { ...request, title: "t", status: "pending" },
    { ...request, title: "t", status: null, todoId: 99, reason: "none" },
    { ...request, title: "t", lastId: 7, requestId: "other", __proto__: { a: 1 } },
  ]);
};

/** Makes a document that is none of the pipeline's, perhaps under an id that the pipeline wants. */
export const strayDocument = (random: Random, requestId: string, projectId: number): Document =>
  random.pick<Document>([
    { id: "counter", projectId, type: "note" },
    { id: `todo:${requestId}`, projectId, type: "note" },
    { id: `todo:${requestId}`, projectId, type: "request", title: "t" },
    { id: `todo:${requestId}@1`, projectId, type: "note" },
    { id: `stray-${requestId}`, projectId, type: "todo", todoId: "one", title: 3 },
    { id: `stray-${requestId}`, projectId, type: "counter", lastId: "many" },
    { id: `stray-${requestId}`, projectId },
    { id: `stray-${requestId}`, projectId, type: "request", status: "shelved" },
    { id: `stray-${requestId}`, projectId, type: ["request"], status: { pending: true } },
  ]);

type StrangerParts = {
  readonly surroundings: Surroundings;
  readonly deeds: Deed[];
  readonly safety: Safety;
  readonly ledger: Ledger;
};

/** Runs a stranger: each deed at its time. */
export const runStranger = (parts: StrangerParts, { world, link }: Running): void => {
  const { surroundings, deeds, safety, ledger } = parts;
  const { items, item } = simulatedContainer(surroundings, link, "items");
  const { faults, time } = surroundings;
  const run = async (deed: Deed): Promise<void> => {
    if (deed.kind === "delete") {
      const { projectId, id, etag } = deed;
      safety.allowDelete(`[${projectId}]`, id);
      await item(id, projectId).delete(ifStill(etag));
      if (etag === undefined) faults.count("request-deleted");
      return;
    }
    const { document, kind, standsMs } = deed;
    const { etag } = await items[kind](document);
    if (standsMs !== undefined) {
      const projectId = Number(document.projectId);
      begin({ kind: "delete", atMs: time.now() + standsMs, projectId, id: document.id, etag });
    }
    if (kind === "upsert") faults.count("request-replaced");
    if (document.type !== "request" || document.status === "shelved") return;
    const { projectId = {} } = document;
    ledger.onAcknowledged(JSON.stringify([projectId]), document.id);
  };
  const insist = async (deed: Deed): Promise<void> => {
    await world.sleep(Math.max(0, deed.atMs - time.now()));
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      try {
        await run(deed);
        break;
      } catch (error) {
        const { code } = statusOf(error);
        if (code === undefined) throw error;
        if (code === 409 || code === 404 || code === 412) break;
        await world.sleep(500 * attempt);
      }
    }
    deeds.splice(deeds.indexOf(deed), 1);
  };
  const begin = (deed: Deed): void => {
    deeds.push(deed);
    insist(deed).catch(surroundings.onViolation);
  };
  for (const deed of deeds.splice(0)) begin(deed);
};

const ifStill = (etag: string | undefined) =>
  etag === undefined ? {} : { accessCondition: { type: "IfMatch", condition: etag } };
