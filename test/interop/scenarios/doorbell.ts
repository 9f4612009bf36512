import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "@azure/cosmos";
import { bundleDrain } from "../../../build.ts";
import { systemWorld } from "../../../client/world.ts";
import { callDrainIn, drainProject } from "../../../functions/drain-project.ts";
import { findLateProjects } from "../../../functions/late-projects.ts";
import { createProcessRequests } from "../../../functions/process-requests.ts";
import { createProjectBackoff } from "../../../functions/project-backoff.ts";
import { createProjectDrains } from "../../../functions/project-drains.ts";
import { createSweep } from "../../../functions/sweep.ts";
import { audit } from "../audit.ts";
import type { Delivery } from "../delivered-changes.ts";
import { type Doorbell, type Fate, withDoorbell } from "../doorbell.ts";
import { type EmbeddedAccount, withEmbeddedAccount } from "../embedded-account.ts";
import { startDotnetProcessor } from "../processors.ts";
import { type Figures, refute, type Scenario, until } from "../scenario.ts";

export const PARTITIONS = 3;
const PROJECTS = Array.from({ length: 11 }, (_, n) => n + 1);
export const STEPS = 30;
/** Every tenth request has an empty title: poison, which takes no number. */
const POISON_EVERY = 10;
export const REPEAT_MS = 100;
/** Between two requests of a project, so that there are many batches. */
const PAUSE_MS = 40;
const LIMIT_MS = 60_000;

/** Item 8 (c), as the trigger without a retry policy: a failed batch never comes again. */
export const doorbellDropped: Scenario = {
  title: "batches that the .NET processor rings for once and drops are finished by the sweep",
  run: (progress) =>
    withPipeline(async (pipeline) => {
      let isDeaf = false;
      const fateOf = (ring: number): Fate => (isDeaf || ring % 2 === 0 ? "refused" : "handled");
      return ringWhile({ ...pipeline, fateOf }, async (doorbell, deliveries) => {
        progress("requests come in, every second ring fails");
        await writeRequests(pipeline.account.items, 0, STEPS);
        await until("all deliveries", LIMIT_MS, () => requestsIn(deliveries) >= ALL_REQUESTS);
        progress("one more for each project, all rings fail");
        isDeaf = true;
        await writeRequests(pipeline.account.items, STEPS, STEPS + 1);
        const all = ALL_REQUESTS + PROJECTS.length;
        await until("all deliveries", LIMIT_MS, () => requestsIn(deliveries) >= all);
        const { pending } = await audit(pipeline.account.items);
        if (pending < PROJECTS.length) throw new Error(`Only ${pending} requests were dropped.`);
        progress(`the sweep finds ${pending} dropped requests`);
        await pipeline.sweep();
        return { dropped: pending, ...(await finish(pipeline, doorbell)) };
      });
    }),
};

/** Item 8 (c), as the trigger with a retry policy of −1: a failed batch comes again and again. */
export const doorbellRepeated: Scenario = {
  title: "batches that the .NET processor repeats until they succeed need no sweep",
  run: (progress) =>
    withPipeline(async (pipeline) => {
      const fates: readonly Fate[] = ["refused", "answer-lost", "handled"];
      const fateOf = (ring: number): Fate => fates[ring % fates.length] ?? "handled";
      return ringWhile({ ...pipeline, fateOf, repeatMs: REPEAT_MS }, async (doorbell) => {
        progress("requests come in, two of three rings fail, one of them after the work");
        await writeRequests(pipeline.account.items, 0, STEPS);
        await until("no pending requests", LIMIT_MS, async () => {
          return (await audit(pipeline.account.items)).pending === 0;
        });
        return finish(pipeline, doorbell);
      });
    }),
};

type Pipeline = {
  readonly account: EmbeddedAccount;
  readonly processRequests: (changes: readonly unknown[]) => Promise<void>;
  readonly sweep: () => Promise<void>;
};

/** Puts the function app's parts together as functions/main.ts does, without the Functions host. */
const withPipeline = (use: (pipeline: Pipeline) => Promise<Figures>): Promise<Figures> =>
  withEmbeddedAccount(PARTITIONS, async (account) => {
    const { items } = account;
    const { name, body } = await bundleDrain();
    await items.scripts.storedProcedures.create({ id: name, body });
    // To this clock every pending request is late, so that nobody waits for the sweep.
    const world = { ...systemWorld, now: () => systemWorld.now() + LIMIT_MS };
    const callDrain = callDrainIn(items, name);
    const drains = createProjectDrains(({ project, feedOrder }) =>
      drainProject({ callDrain, world }, project, feedOrder),
    );
    const processRequests = createProcessRequests(drains, world);
    const sweep = createSweep({
      findLate: (before) => findLateProjects(items, before),
      drains,
      backoff: createProjectBackoff(world),
      world,
    });
    return use({
      account,
      processRequests: (changes) => processRequests(changes, QUIET),
      sweep: () => sweep(QUIET),
    });
  });

const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined };

type Ringing = Omit<Pipeline, "sweep"> & {
  readonly fateOf: (ring: number) => Fate;
  readonly repeatMs?: number;
};

export const ringWhile = (
  { account, processRequests, fateOf, repeatMs }: Ringing,
  use: (doorbell: Doorbell, deliveries: readonly Delivery[]) => Promise<Figures>,
): Promise<Figures> =>
  withDoorbell({ handle: processRequests, fateOf }, async (doorbell) => {
    const deliveries: Delivery[] = [];
    const processor = startDotnetProcessor({
      account,
      name: ".NET",
      prefix: "doorbell",
      maxItems: 25,
      onDelivery: (delivery) => deliveries.push(delivery),
      doorbell: { address: doorbell.address, ...(repeatMs ? { repeatMs } : {}) },
    });
    await processor.heard("started");
    const figures = await use(doorbell, deliveries);
    await processor.stop();
    return figures;
  });

const ALL_REQUESTS = PROJECTS.length * STEPS;

export const writeRequests = async (items: Container, from: number, to: number): Promise<void> => {
  await Promise.all(
    PROJECTS.map(async (projectId) => {
      for (let step = from; step < to; step += 1) {
        const title = step % POISON_EVERY === 5 ? "" : `Step ${step} of ${projectId}`;
        const id = `request-${step}`;
        await items.items.create({ id, projectId, type: "request", title, step });
        await sleep(PAUSE_MS);
      }
    }),
  );
};

/** Counts the requests that were delivered at least once, pending or as the echo of their end. */
const requestsIn = (deliveries: readonly Delivery[]): number => {
  const requests = deliveries.flatMap(({ changes }) =>
    changes.filter(({ id }) => id.startsWith("request-")),
  );
  return new Set(requests.map(({ id, projectId }) => `${projectId}/${id}`)).size;
};

export const finish = async (
  { account }: Pick<Pipeline, "account">,
  doorbell: Doorbell,
): Promise<Figures> => {
  const { done, rejected, pending, contradictions } = await audit(account.items);
  refute("audit", contradictions);
  if (pending > 0) throw new Error(`${pending} requests are still pending.`);
  if (rejected !== (PROJECTS.length * STEPS) / POISON_EVERY) {
    throw new Error(`${rejected} requests were rejected.`);
  }
  return { done, rejected, rings: doorbell.rings(), failedRings: doorbell.failures() };
};
