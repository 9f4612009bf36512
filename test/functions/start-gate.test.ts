import { expect, test } from "vitest";
import type { World } from "../../client/world.ts";
import { createStartGate } from "../../functions/start-up/start-gate.ts";

/** Time passes only where somebody sleeps. */
const worldOfSleepers = (): World => {
  let nowMs = 0;
  return {
    now: () => nowMs,
    random: () => 0.5,
    uuid: () => "00000000-0000-0000-0000-000000000000",
    sleep: async (milliseconds, signal) => {
      // Who only watches the clock is told by the end of what it waits for.
      if (signal) {
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      }
      nowMs += milliseconds;
    },
  };
};

const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

test("a Cosmos DB that comes late is waited for", async () => {
  let checks = 0;
  const gate = createStartGate(async () => {
    checks += 1;
    if (checks < 5) throw away;
    return [];
  }, worldOfSleepers());
  await gate.passed();
  await gate.passed();
  expect(checks).toBe(5);
});

test("a Cosmos DB that stays away fails the invocation as an Error, and the next one asks again", async () => {
  let isAway = true;
  const gate = createStartGate(async () => {
    if (isAway) throw away;
    return [];
  }, worldOfSleepers());
  const failed = await gate.passed().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  expect(failed).toMatchObject({ code: 503, message: expect.stringContaining("ECONNREFUSED") });
  isAway = false;
  await gate.passed();
});

test("a wrong deployment is refused at once, saying all that is wrong, until it is mended", async () => {
  let faults = ["the account is pink", "the drain is missing"];
  let checks = 0;
  const gate = createStartGate(async () => {
    checks += 1;
    return faults;
  }, worldOfSleepers());
  await expect(gate.passed()).rejects.toThrow(
    "The app refuses to run: the account is pink; the drain is missing.",
  );
  expect(checks).toBe(1);
  faults = [];
  await gate.passed();
  expect(checks).toBe(2);
});

test("invocations that wait together share one check", async () => {
  let checks = 0;
  const gate = createStartGate(async () => {
    checks += 1;
    return [];
  }, worldOfSleepers());
  await Promise.all([gate.passed(), gate.passed(), gate.passed()]);
  expect(checks).toBe(1);
});
