import { describe, expect, test } from "vitest";
import { parseSchedule, runTimer, type TimerInput } from "../../local/host/timer-trigger.ts";
import { manualWorld } from "./manual-world.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");

const runsOf = async (
  options: { schedule: string; runOnStartup?: boolean },
  until: number,
  eachRunMs = 0,
) => {
  const stopping = new AbortController();
  const world = manualWorld(NOON);
  const runs: { at: string; input: TimerInput }[] = [];
  await runTimer({
    trigger: { kind: "timerTrigger", ...options },
    functionName: "tick",
    run: async (json) => {
      const input = JSON.parse(json) as TimerInput;
      runs.push({ at: new Date(world.now()).toISOString().slice(11, 19), input });
      await world.sleep(eachRunMs);
      if (runs.length === until) stopping.abort();
    },
    world,
    stopping: stopping.signal,
  });
  return runs;
};

describe("a timer function", () => {
  test("runs at the times of its schedule, seconds first", async () => {
    const runs = await runsOf({ schedule: "*/15 * * * * *" }, 3);
    expect(runs.map(({ at }) => at)).toEqual(["12:00:15", "12:00:30", "12:00:45"]);
    expect(runs[1]?.input).toEqual({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: "2026-11-22T12:00:15.000Z",
        Next: "2026-11-22T12:00:45.000Z",
        LastUpdated: "2026-11-22T12:00:15.000Z",
      },
      IsPastDue: false,
    });
  });

  test("never runs twice at once: times that a long run overlaps are skipped", async () => {
    const runs = await runsOf({ schedule: "*/15 * * * * *" }, 3, 20_000);
    expect(runs.map(({ at }) => at)).toEqual(["12:00:15", "12:00:45", "12:01:15"]);
  });

  test("runs at once too with runOnStartup", async () => {
    const runs = await runsOf({ schedule: "0 0 13 * * *", runOnStartup: true }, 2);
    expect(runs.map(({ at }) => at)).toEqual(["12:00:00", "13:00:00"]);
  });

  test("is told that it is past due when the machine slept over a time", async () => {
    const stopping = new AbortController();
    const world = manualWorld(NOON);
    const pastDue: boolean[] = [];
    await runTimer({
      trigger: { kind: "timerTrigger", schedule: "*/15 * * * * *" },
      functionName: "tick",
      run: async (json) => {
        const { IsPastDue } = JSON.parse(json);
        pastDue.push(IsPastDue);
        stopping.abort();
      },
      world: { ...world, sleep: () => world.sleep(3_600_000) },
      stopping: stopping.signal,
    });
    expect(pastDue).toEqual([true]);
  });

  test("runs at its next time after the clock was set back by an hour", async () => {
    const stopping = new AbortController();
    const world = manualWorld(NOON);
    let setBackMs = 0;
    const runs: string[] = [];
    const now = (): number => world.now() - setBackMs;
    await runTimer({
      trigger: { kind: "timerTrigger", schedule: "*/15 * * * * *" },
      functionName: "tick",
      run: async () => {
        runs.push(new Date(now()).toISOString().slice(11, 19));
        if (runs.length === 2) stopping.abort();
      },
      world: {
        ...world,
        now,
        sleep: async (milliseconds) => {
          await world.sleep(milliseconds);
          if (runs.length === 1) setBackMs = 3_600_000;
        },
      },
      stopping: stopping.signal,
    });
    expect(runs).toEqual(["12:00:15", "11:00:45"]);
  });

  test.each(["*/5 * * * *", "00:05:00", "0 99 * * * *"])("the schedule %s is refused", (text) => {
    expect(() => parseSchedule(text, "tick")).toThrow(`"tick" has the schedule "${text}"`);
  });

  test("a day must match both day fields, as in NCrontab", () => {
    // The first Monday that is also the 13th, after that noon.
    const next = parseSchedule("0 0 0 13 * 1", "tick").nextRun(new Date(NOON));
    expect(next?.toISOString()).toBe("2027-09-13T00:00:00.000Z");
  });
});
