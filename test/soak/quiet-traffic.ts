import { randomUUID } from "node:crypto";
import type { Container, ItemDefinition } from "@azure/cosmos";
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
    create: async (request) => {
      await container.items.create({ ...request, type: "request" });
    },
    http: async ({ id, projectId, title }) => {
      const response = await fetch(`${random.pick(urls)}/api/projects/${projectId}/requests`, {
        method: "POST",
        body: JSON.stringify({ id, title }),
      });
      await response.arrayBuffer();
      expect("202", String(response.status));
    },
    duplicate: async (request) => {
      expect("accepted", (await submitter.submit(request)).kind);
      expect("already-accepted", (await submitter.submit(request)).kind);
    },
    poison: async ({ id, projectId }) => {
      await container.items.create(poisonDocument(random, id, projectId) as ItemDefinition);
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
