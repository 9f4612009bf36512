import { describe, expect, test } from "vitest";
import type { World } from "../../client/world.ts";
import type { Drained } from "../../functions/drain-project.ts";
import { createProcessRequests } from "../../functions/process-requests.ts";
import { projectOf } from "../../functions/project.ts";
import { createProjectBackoff } from "../../functions/project-backoff.ts";
import { createProjectDrains } from "../../functions/project-drains.ts";
import type { Ring } from "../../functions/rings.ts";
import { createSweep } from "../../functions/sweep.ts";

const request = (projectId: number) => ({ id: `r${projectId}`, projectId, type: "request" });

const done = ({ project }: Ring): Drained => ({
  kind: "drained",
  project,
  more: false,
  done: 1,
  rejected: 0,
});

const failed = ({ project }: Ring, concerns: "everybody" | "project"): Drained => ({
  kind: "failed",
  project,
  concerns,
  message: "503 away",
  done: 0,
  rejected: 0,
});

const createLog = () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  return { lines, log: write, warn: write, error: write };
};

/** Sleeps until it is woken: nobody runs out of patience. */
const sleepUntilAborted: World["sleep"] = (_milliseconds, signal) =>
  new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));

const patient: World = {
  now: () => 0,
  random: () => 0.5,
  uuid: () => "uuid",
  sleep: sleepUntilAborted,
};

const invoke = async (drainOne: (ring: Ring) => Drained, projectIds: readonly number[]) => {
  const drained: string[] = [];
  const drains = createProjectDrains(async (ring) => {
    drained.push(ring.project.key);
    return drainOne(ring);
  });
  const log = createLog();
  const ended = createProcessRequests(drains, patient)(projectIds.map(request), log);
  const error: unknown = await ended.then(
    () => undefined,
    (reason) => reason,
  );
  return { drained, error, lines: log.lines };
};

describe("a batch of changes", () => {
  test("throws for what concerns everybody, after each project had its turn", async () => {
    const projectIds = Array.from({ length: 100 }, (_, n) => n + 1);
    const first = (ring: Ring) =>
      ring.project.key === "1" ? failed(ring, "everybody") : done(ring);
    const { drained, error } = await invoke(first, projectIds);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain("503 away");
    expect(drained.length).toBe(100);
  });

  test("does not throw for what concerns one project, but says so loudly", async () => {
    const second = (ring: Ring) =>
      ring.project.key === "2" ? failed(ring, "project") : done(ring);
    const { error, lines } = await invoke(second, [1, 2, 3]);
    expect(error).toBe(undefined);
    expect(lines).toEqual([
      "drained projects=3 done=2 rejected=0 failed=1 unfinished=0",
      "not drained project=2 concerns=project reason=503 away",
    ]);
  });

  test("of echoes only costs nothing, not even a line in the log", async () => {
    const { drained, lines } = await invoke(done, []);
    expect([drained, lines]).toEqual([[], []]);
  });
});

describe("the drains of one process", () => {
  /** Drains that end when told to. */
  const createGate = () => {
    const open: (() => void)[] = [];
    const feedOrders: (readonly string[])[] = [];
    const drains = createProjectDrains(async (ring) => {
      feedOrders.push(ring.feedOrder);
      await new Promise<void>((resolve) => open.push(resolve));
      return done(ring);
    });
    return { drains, open, feedOrders };
  };

  test("run one after the other in one project, one more for all that rang meanwhile", async () => {
    const { drains, open, feedOrders } = createGate();
    const project = projectOf(7);
    const first = drains.drain({ project, feedOrder: [] });
    const second = drains.drain({ project, feedOrder: ["b", "a"] });
    const third = drains.drain({ project, feedOrder: ["d", "c"] });
    expect(open.length).toBe(1);
    open[0]?.();
    await first;
    while (open.length < 2) await new Promise(setImmediate);
    open[1]?.();
    await Promise.all([second, third]);
    await new Promise(setImmediate);
    expect(feedOrders).toEqual([[], ["b", "a", "d", "c"]]);
    expect(drains.isBusy(project)).toBe(false);
  });

  test("run in parallel in different projects", () => {
    const { drains, open } = createGate();
    for (const id of [1, 2, 3]) void drains.drain({ project: projectOf(id), feedOrder: [] });
    expect(open.length).toBe(3);
  });
});

describe("the sweep", () => {
  const createWorld = () => {
    let nowMs = 1_000_000;
    const world: World = {
      ...patient,
      now: () => nowMs,
    };
    return { world, pass: (milliseconds: number) => (nowMs += milliseconds) };
  };

  const late = (...ids: readonly number[]) =>
    ids.map((id, n) => ({ project: projectOf(id), oldestTs: 900 + n }));

  test("drains late projects, the oldest first, and says how late", async () => {
    const drained: string[] = [];
    const drains = createProjectDrains(async (ring) => {
      drained.push(ring.project.key);
      return done(ring);
    });
    const { world } = createWorld();
    const log = createLog();
    const backoff = createProjectBackoff(world);
    const asked: number[] = [];
    const findLate = async (before: number) => {
      asked.push(before);
      return late(3, 1);
    };
    await createSweep({ findLate, drains, backoff, world })(log);
    expect(asked).toEqual([995]);
    expect(drained).toEqual(["3", "1"]);
    expect(log.lines[0]).toBe("late projects=2 due=2 failing=0 oldest=3 oldestAgeS=100");
  });

  test("comes back to a failing project ever less often, to the others each time", async () => {
    const calls = new Map<string, number>();
    const drains = createProjectDrains(async (ring) => {
      calls.set(ring.project.key, (calls.get(ring.project.key) ?? 0) + 1);
      return ring.project.key === "1" ? failed(ring, "project") : done(ring);
    });
    const { world, pass } = createWorld();
    const backoff = createProjectBackoff(world);
    const sweep = createSweep({ findLate: async () => late(1, 2), drains, backoff, world });
    for (let n = 0; n < 60; n++) {
      await sweep(createLog());
      pass(5_000);
    }
    expect(calls.get("2")).toBe(60);
    expect(calls.get("1")).toBeLessThan(10);
    expect(calls.get("1")).toBeGreaterThan(3);
  });

  test("rests the longer, the longer it took to look, but a minute at most", async () => {
    const { world, pass } = createWorld();
    const looksIn = async (lookMs: number, seconds: number): Promise<number> => {
      let looks = 0;
      const findLate = async () => {
        looks += 1;
        pass(lookMs);
        return late();
      };
      const drains = createProjectDrains(async (ring) => done(ring));
      const sweep = createSweep({ findLate, drains, backoff: createProjectBackoff(world), world });
      for (let passed = 0; passed < seconds; passed += 5) {
        await sweep(createLog());
        pass(5_000);
      }
      return looks;
    };
    expect(await looksIn(20, 600)).toBe(120);
    expect(await looksIn(500, 600)).toBe(30);
    expect(await looksIn(60_000, 600)).toBe(10);
  });

  test("comes back within half a minute after an outage, however long that was", async () => {
    let isAway = true;
    let calls = 0;
    const drains = createProjectDrains(async (ring) => {
      calls += 1;
      return isAway ? failed(ring, "everybody") : done(ring);
    });
    const { world, pass } = createWorld();
    const backoff = createProjectBackoff(world);
    const sweep = createSweep({ findLate: async () => late(1), drains, backoff, world });
    for (let failures = 0; failures < 20; failures = calls) {
      await sweep(createLog()).catch(() => undefined);
      pass(5_000);
    }
    isAway = false;
    calls = 0;
    for (let n = 0; n < 6; n++) {
      await sweep(createLog());
      pass(5_000);
    }
    expect(calls).toBeGreaterThan(0);
  });

  test("a clock that is set back by an hour lets no project wait for an hour", () => {
    const { world, pass } = createWorld();
    const backoff = createProjectBackoff(world);
    const project = projectOf(1);
    pass(3_600_000);
    backoff.note({
      kind: "failed",
      project,
      concerns: "project",
      message: "",
      done: 0,
      rejected: 0,
    });
    expect(backoff.isDue(project)).toBe(false);
    pass(-3_600_000);
    expect(backoff.isDue(project)).toBe(true);
  });
});
