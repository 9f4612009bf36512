import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "@azure/cosmos";
import { classifyFailure } from "../../client/failure.ts";
import { createSubmitter } from "../../client/submit.ts";
import { RequestEnd } from "../../domain/request-document.ts";
import { type Journal, openJournal } from "./journal.ts";

/** Submits requests of our own, to see how soon they are done. */
export type Prober = {
  /** Answers when a new request of the project has its end; false: it has none in time. */
  readonly untilDone: (projectId: number) => Promise<boolean>;
  /** Answers when the server takes a write again; false: not in time. */
  readonly untilWritten: (projectId: number) => Promise<boolean>;
  /** Creates one request, once; answers 201 or the error. */
  readonly createOnce: (projectId: number) => Promise<201 | Error>;
  readonly close: () => Promise<void>;
};

/** Far beyond every target: what is not done then is not going to be. */
const WITHIN_MS = 120_000;
const POLL_EVERY_MS = 20;

/** Makes a prober; what it asks for is in a journal too, and judged like all else. */
export const createProber = (items: Container, journalFile: string): Prober => {
  const journal = openJournal(journalFile);
  const submitter = createSubmitter(items, { giveUpAfterMs: WITHIN_MS });
  let count = 0;
  const nextAsk = (projectId: number) => {
    count += 1;
    const id = `probe-${count}`;
    const request = { id, projectId, title: `probe ${count}` };
    journal.note({ kind: "asked", ask: id, ...request });
    return request;
  };
  const submit = async (projectId: number): Promise<string | undefined> => {
    const request = nextAsk(projectId);
    const ask = request.id;
    try {
      const { kind, id } = await submitter.submit(request);
      const answer = kind === "accepted" || kind === "already-accepted" ? "kept" : "refused";
      journal.note({ kind: "answered", ask, answer });
      return id;
    } catch (error) {
      journal.note({ kind: "answered", ask, answer: "unknown", detail: String(error) });
      return undefined;
    }
  };
  return {
    untilDone: async (projectId) => {
      const giveUpAt = performance.now() + WITHIN_MS;
      const id = await submit(projectId);
      while (id !== undefined && performance.now() < giveUpAt) {
        if (await hasEnded(items, { id, projectId })) return true;
        await sleep(POLL_EVERY_MS);
      }
      return false;
    },
    untilWritten: async (projectId) => (await submit(projectId)) !== undefined,
    createOnce: (projectId) => createOnce(items, nextAsk(projectId), journal),
    close: async () => {
      await submitter.close();
      journal.close();
    },
  };
};

type Request = { readonly id: string; readonly projectId: number };

const hasEnded = async (items: Container, { id, projectId }: Request): Promise<boolean> => {
  try {
    return RequestEnd.is((await items.item(id, projectId).read()).resource);
  } catch (error) {
    if (classifyFailure(error).kind !== "transient") throw error;
    return false;
  }
};

const createOnce = async (
  items: Container,
  request: Request,
  journal: Journal,
): Promise<201 | Error> => {
  const ask = request.id;
  try {
    await items.items.create({ type: "request", ...request });
    journal.note({ kind: "answered", ask, answer: "created" });
    return 201;
  } catch (error) {
    journal.note({ kind: "answered", ask, answer: "unknown", detail: String(error) });
    return error as Error;
  }
};
