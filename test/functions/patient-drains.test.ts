import { describe, expect, test } from "vitest";
import type { World } from "../../client/world.ts";
import type { Drained } from "../../functions/drain-project.ts";
import { createPatientDrains } from "../../functions/patient-drains.ts";
import { createProcessRequests, MAX_CHANGES_PER_PAGE } from "../../functions/process-requests.ts";
import { projectOf } from "../../functions/project.ts";
import { createProjectBackoff } from "../../functions/project-backoff.ts";
import { createProjectDrains } from "../../functions/project-drains.ts";
import type { Ring } from "../../functions/rings.ts";
import { createSweep } from "../../functions/sweep.ts";

const request = (projectId: number) => ({ id: `r${projectId}`, projectId, type: "request" });
const ringOf = (projectId: number): Ring => ({ project: projectOf(projectId), feedOrder: [] });

/** Time passes when the test says so. */
const createClock = () => {
  const sleepers = new Set<() => void>();
  const world: World = {
    now: () => 1_000_000,
    random: () => 0.5,
    uuid: () => "uuid",
    sleep: (_milliseconds, signal) =>
      new Promise((resolve) => {
        sleepers.add(resolve);
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  const run = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  };
  const passPatience = async (): Promise<void> => {
    await run();
    for (const wake of sleepers) wake();
    await run();
  };
  return { world, passPatience, run };
};

/** Drains of which those of slow projects end when told to, and all others at once. */
const createSlowDrains = (slow: readonly number[]) => {
  const calls: string[] = [];
  const open = new Map<string, (outcome?: Partial<Drained>) => void>();
  const drains = createProjectDrains(async ({ project }) => {
    calls.push(project.key);
    const done: Drained = { kind: "drained", project, more: false, done: 1, rejected: 0 };
    if (!slow.some((id) => String(id) === project.key)) return done;
    return new Promise<Drained>((resolve) => {
      open.set(project.key, (outcome = {}) => resolve({ ...done, ...outcome } as Drained));
    });
  });
  return { drains, calls, open };
};

/** Lets projects ring in one batch, whose patience then ends. */
const createRinging =
  (processRequests: ReturnType<typeof createProcessRequests>, passPatience: () => Promise<void>) =>
  async (projectIds: readonly number[]): Promise<void> => {
    const batch = processRequests(projectIds.map(request), createLog());
    await passPatience();
    await batch;
  };

const createLog = () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  return { lines, log: write, warn: write, error: write };
};

const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe("a project that never ends", () => {
  test("holds its batch for a moment only, and the batches behind it for less", async () => {
    const { world, passPatience } = createClock();
    const { drains, calls } = createSlowDrains([1]);
    const processRequests = createProcessRequests(drains, world);
    const ringUntilPatienceEnds = createRinging(processRequests, passPatience);
    await ringUntilPatienceEnds([1, 2]);
    for (let batch = 0; batch < 20; batch += 1) {
      await ringUntilPatienceEnds([1, 3 + batch]);
    }
    expect(calls).toEqual(["1", "2", ...range(3, 22).map(String)]);
  });

  test("holds no batch behind a full page, since others ring in the next", async () => {
    const { world, passPatience } = createClock();
    const { drains } = createSlowDrains([1]);
    const processRequests = createProcessRequests(drains, world);
    await createRinging(processRequests, passPatience)([1]);
    const full = Array.from({ length: MAX_CHANGES_PER_PAGE }, () => request(1));
    await processRequests(full, createLog());
    let hasEnded = false;
    const batch = processRequests(full.slice(1), createLog()).then(() => {
      hasEnded = true;
    });
    await new Promise(setImmediate);
    expect(hasEnded).toBe(false);
    await passPatience();
    await batch;
  });

  test("is drained once more for all the batches that rang meanwhile", async () => {
    const { world, passPatience, run } = createClock();
    const { drains, calls, open } = createSlowDrains([1]);
    const processRequests = createProcessRequests(drains, world);
    const ringUntilPatienceEnds = createRinging(processRequests, passPatience);
    await ringUntilPatienceEnds([1]);
    for (let batch = 0; batch < 5; batch += 1) {
      await ringUntilPatienceEnds([1]);
    }
    open.get("1")?.();
    await run();
    expect(calls).toEqual(["1", "1"]);
    open.get("1")?.();
    await run();
    expect(drains.isBusy(projectOf(1))).toBe(false);
  });

  test("is reported by a later batch, loudly if it failed", async () => {
    const { world, passPatience, run } = createClock();
    const { drains, open } = createSlowDrains([1]);
    const processRequests = createProcessRequests(drains, world);
    const ringUntilPatienceEnds = createRinging(processRequests, passPatience);
    await ringUntilPatienceEnds([1]);
    open.get("1")?.({ kind: "failed", concerns: "project", message: "403/1014 full" });
    await run();
    const log = createLog();
    await processRequests([request(2)], log);
    expect(log.lines).toEqual([
      "drained projects=2 done=2 rejected=0 failed=1 unfinished=0",
      "not drained project=1 concerns=project reason=403/1014 full",
    ]);
  });

  test("makes a later batch fail if everybody is concerned, even one that rings for nobody", async () => {
    const { world, passPatience, run } = createClock();
    const { drains, open } = createSlowDrains([1]);
    const processRequests = createProcessRequests(drains, world);
    const ringUntilPatienceEnds = createRinging(processRequests, passPatience);
    await ringUntilPatienceEnds([1]);
    open.get("1")?.({ kind: "failed", concerns: "everybody", message: "503" });
    await run();
    await expect(processRequests([], createLog())).rejects.toThrow("503");
    await processRequests([], createLog());
  });

  test("that was swept and failed is left alone by the next sweep", async () => {
    const { world, passPatience, run } = createClock();
    const { drains, calls, open } = createSlowDrains([1]);
    const findLate = async () => [{ project: projectOf(1), oldestTs: 900 }];
    const sweep = createSweep({ findLate, drains, backoff: createProjectBackoff(world), world });
    const first = sweep(createLog());
    await passPatience();
    await first;
    open.get("1")?.({ kind: "failed", concerns: "project", message: "" });
    await run();
    await sweep(createLog());
    expect(calls).toEqual(["1"]);
  });
});

describe("projects that are left behind", () => {
  test("are sixteen at most: behind them a batch waits to the end", async () => {
    const { world, passPatience, run } = createClock();
    const { drains, open } = createSlowDrains(range(1, 17));
    const patient = createPatientDrains(drains, world);
    const outcomes = range(1, 17).map((id) => patient.drain(ringOf(id)));
    await passPatience();
    expect(await Promise.all(outcomes.slice(0, 16))).toEqual(range(1, 16).map(() => undefined));
    let hasEnded = false;
    void outcomes[16]?.then(() => {
      hasEnded = true;
    });
    await run();
    expect(hasEnded).toBe(false);
    open.get("17")?.();
    expect(await outcomes[16]).toMatchObject({ kind: "drained" });
  });

  test("are waited for again once they have ended", async () => {
    const { world, passPatience, run } = createClock();
    const { drains, open } = createSlowDrains([1]);
    const patient = createPatientDrains(drains, world);
    const first = patient.drain(ringOf(1));
    await passPatience();
    expect(await first).toBe(undefined);
    open.get("1")?.();
    await run();
    expect(patient.takeEnded()).toHaveLength(1);
    expect(patient.takeEnded()).toEqual([]);
    const second = patient.drain(ringOf(1));
    await run();
    open.get("1")?.();
    expect(await second).toMatchObject({ kind: "drained" });
  });
});
