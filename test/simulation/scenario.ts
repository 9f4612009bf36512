import type { Faults } from "./faults.ts";
import type { Deployment } from "./function-host.ts";
import { createRandom, type Random } from "./random.ts";
import { type Deed, poisonDocument, strayDocument } from "./stranger.ts";
import type { Outbox } from "./submitter.ts";

/** All of a world that is drawn before its time begins. */
export type Scenario = {
  readonly projectIds: readonly number[];
  readonly partitions: number;
  readonly hosts: number;
  readonly deployment: Deployment;
  readonly outboxes: readonly Outbox[];
  readonly deeds: Deed[];
  readonly subscriptions: readonly (number | undefined)[];
  readonly pollDelayMs: number;
  /** Whether a second processor, that nothing helps, must see every change. */
  readonly hasListener: boolean;
  /** From then on nothing goes wrong any more. */
  readonly faultsEndMs: number;
};

const MOST_REQUESTS = 25;

/** Draws the scenario of a seed; `requests` bounds the number of requests, to shrink a failure. */
export const drawScenario = (seed: number, faults: Faults, requests = MOST_REQUESTS): Scenario => {
  const random = createRandom(seed, "scenario");
  const projectIds = Array.from(
    { length: random.between(1, 4) },
    (_, i) => i * 10 + random.between(1, 9),
  );
  const faultsEndMs = random.between(4_000, 18_000);
  const asked = Math.min(random.between(3, MOST_REQUESTS), requests);
  const draw = createRandom(seed, "requests");
  const outboxes: Outbox[] = [[], []];
  const deeds: Deed[] = [];
  // Some worlds have them all at once, so that they share seconds, batches and transactions.
  const submittedForMs = random.chance(0.3) ? 2_000 : faultsEndMs * 0.8;
  for (let i = 0; i < asked; i += 1) {
    const one = {
      id: `r${i}`,
      projectId: draw.pick(projectIds),
      atMs: draw.next() * submittedForMs,
    };
    drawRequest(one, { draw, faults, outboxes, deeds });
  }
  return {
    projectIds,
    partitions: random.between(1, 2),
    hosts: random.pick([1, 2, 2, 3]),
    deployment: drawDeployment(random),
    outboxes,
    deeds,
    subscriptions: random.chance(0.3) ? [undefined, random.pick(projectIds)] : [undefined],
    pollDelayMs: random.between(500, 4_000),
    hasListener: random.chance(0.2),
    faultsEndMs,
  };
};

const drawDeployment = (random: Random): Deployment => ({
  maxRetryCount: random.pick([-1, -1, -1, 0, 2, undefined]),
  timings: {
    feedPollDelayMs: random.between(500, 4_000),
    leaseAcquireIntervalMs: random.between(3_000, 6_000),
    leaseExpirationIntervalMs: random.between(8_000, 15_000),
    leaseRenewIntervalMs: random.between(3_000, 6_000),
    bootstrapWaitMs: random.between(500, 3_000),
  },
  maxItemCount: random.pick([1, 3, 10, 500]),
});

type One = { readonly id: string; readonly projectId: number; readonly atMs: number };

type Drawing = {
  readonly draw: Random;
  readonly faults: Faults;
  readonly outboxes: Outbox[];
  readonly deeds: Deed[];
};

/** One request, and what others do about it. */
const drawRequest = ({ id, projectId, atMs }: One, drawing: Drawing): void => {
  const { draw, faults, outboxes, deeds } = drawing;
  const soonMs = (): number => atMs + draw.skewed(6_000);
  if (faults.strikes("poison", 0.1)) {
    deeds.push({ kind: "create", atMs, document: poisonDocument(draw, id, projectId) });
    return;
  }
  const title = `title ${draw.between(1, 5)} of ${id}`;
  const isDoubled = faults.strikes("duplicate-submission", 0.1);
  const isContested = faults.strikes("conflicting-submission", 0.1);
  const isReplaced = faults.strikes("request-replaced", 0.1);
  const isDeleted = faults.strikes("request-deleted", 0.1);
  const isOnly = !isDoubled && !isContested && !isReplaced && !isDeleted;
  const asked = { projectId, id, title, isOnly, isReplaced };
  draw.pick(outboxes).push({ asked, atMs });
  if (isDoubled) draw.pick(outboxes).push({ asked, atMs: soonMs() });
  if (isContested) {
    draw.pick(outboxes).push({ asked: { ...asked, title: "another" }, atMs: soonMs() });
  }
  if (isReplaced) {
    const document = { id, projectId, type: "request", title: draw.pick([title, "replaced"]) };
    deeds.push({ kind: "upsert", atMs: soonMs(), document });
  }
  if (isDeleted) deeds.push({ kind: "delete", atMs: soonMs(), projectId, id });
  if (faults.strikes("stray-document", 0.05)) {
    const document = strayDocument(draw, id, projectId);
    const strayAtMs = Math.max(0, atMs - draw.skewed(3_000));
    // Who takes the id of a todo whose drain was undone lets it come again under another id.
    const differs = faults.isOn("region-failover") && document.id.startsWith("todo:");
    const passes = faults.strikes("stray-deleted", 0.5) ? { standsMs: draw.skewed(6_000) } : {};
    if (!differs) deeds.push({ kind: "create", atMs: strayAtMs, document, ...passes });
  }
};
