import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "@azure/cosmos";
import { type Insertion, insertAsItIs } from "../../cli/insert-as-it-is.ts";
import type { RequestInFile } from "../../cli/requests-file.ts";
import type { Submitter } from "../../client/submit.ts";
import { createRandom, type Random } from "../simulation/random.ts";
import { poisonDocument } from "../simulation/stranger.ts";
import type { Phase } from "./phase.ts";
import { stampedTitle } from "./stamped-title.ts";

/** Where requests can be handed in. */
export type Entrances = {
  readonly container: Container;
  readonly submitter: Submitter;
  /** Of the function hosts. */
  readonly urls: readonly string[];
};

/** Sends one request of one quiet project; answers which kind it was. Throws if it was not taken. */
export type SendQuiet = (phase: Phase) => Promise<string>;

/** How many of a hundred requests come which way. */
const SHARES = { submit: 50, create: 15, http: 20, duplicate: 10, poison: 5 } as const;
type Way = keyof typeof SHARES;

/** Makes the mixed traffic of the quiet projects; the same seed makes the same mix. */
export const createQuietTraffic = (
  { container, submitter, urls }: Entrances,
  { seed, quietProjects }: { readonly seed: number; readonly quietProjects: number },
): SendQuiet => {
  const random = createRandom(seed, "quiet traffic");
  const ways: Readonly<Record<Way, (request: QuietRequest) => Promise<void>>> = {
    submit: async (request) => expect("accepted", (await submitter.submit(request)).kind),
    create: async (request) => expectTaken(await insertAsItIs(container, request)),
    http: ({ id, projectId, title }) => {
      const url = `${random.pick(urls)}/api/projects/${projectId}/requests`;
      return post(url, JSON.stringify({ id, title }));
    },
    duplicate: async (request) => {
      expect("accepted", (await submitter.submit(request)).kind);
      expect("already-accepted", (await submitter.submit(request)).kind);
    },
    poison: async ({ id, projectId }) => {
      const document = poisonDocument(random, id, projectId);
      expectTaken(await insertAsItIs(container, document as RequestInFile));
    },
  };
  return async (phase) => {
    const way = pickWay(random);
    const projectId = random.between(1, quietProjects);
    const title = stampedTitle({ traffic: "quiet", phase, submittedAtMs: Date.now() });
    await ways[way]({ id: randomUUID(), projectId, title });
    return way;
  };
};

type QuietRequest = { readonly id: string; readonly projectId: number; readonly title: string };

const pickWay = (random: Random): Way => {
  let left = random.between(1, 100);
  for (const [way, share] of Object.entries(SHARES)) {
    left -= share;
    if (left <= 0) return way as Way;
  }
  return "submit";
};

const expect = (expected: string, answer: string): void => {
  if (answer !== expected) throw new Error(`the answer was ${answer} where ${expected} was due`);
};

const expectTaken = ({ kind }: Insertion): void => {
  if (kind === "refused") expect("accepted", kind);
};

const MAX_POSTS = 5;
const POST_AGAIN_AFTER_MS = 1_000;

/** Posts as a careful caller does: again, under the same id, when the service cannot take it now. */
const post = async (url: string, body: string): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    const status = await fetch(url, { method: "POST", body }).then(
      (response) => response.arrayBuffer().then(() => response.status),
      () => 503,
    );
    if (status < 500 || attempt === MAX_POSTS) return expect("202", String(status));
    await sleep(attempt * POST_AGAIN_AFTER_MS);
  }
};
