import { expect, test } from "vitest";
import { describeVerdict, isGood } from "./describe-verdict.ts";
import type { Verdict } from "./run-chaos.ts";

const GOOD: Verdict = {
  audit: {
    projects: 1,
    requests: 3,
    todos: 2,
    done: 2,
    pending: 0,
    rejected: { "title-empty": 1 },
    strays: 0,
    expired: 0,
    unprovenOrder: 0,
    unproven: 0,
    violationCount: 0,
    violations: [],
  },
  findings: [],
  asked: 5,
  answers: { created: 2, kept: 1, taken: 1, refused: 0, denied: 0, unknown: 1 },
  handled: 4,
  tally: {
    faults: { kill: 3, cut: 2 },
    refusedForWantOfRoom: 0,
    ownDeaths: 1,
    hostRecoveries: [{ host: "host-1", doneMs: 7_000, leasesTakenMs: 16_000 }],
    serverRecoveries: [{ answerMs: 900, doneMs: 2_500, replayMs: 50, logBytes: 1_048_576 }],
    stormRecoveriesMs: [100, 4_000],
    settledMs: 30,
  },
};

test("a good verdict names requests, kills, faults and the longest recoveries beside their targets", () => {
  expect(isGood(GOOD)).toBe(true);
  const text = describeVerdict(GOOD);
  for (const part of [
    "5 asked for: 2 got 201, 1 were accepted, 1 got 409",
    "3 by kill -9, and 1 between handling",
    "2: 2 cut",
    "taken over after 16.00 s (1 measured, target 15 s MISSED)",
    "answers after 0.90 s",
    "(1 measured, target 2 s met)",
    "longest after a storm: 4.00 s (2 storms)",
    "nothing was lost",
  ]) {
    expect(text).toContain(part);
  }
});

test("what was not measured meets no target", () => {
  const tally = { ...GOOD.tally, hostRecoveries: [], serverRecoveries: [] };
  expect(describeVerdict({ ...GOOD, tally }).match(/\(not measured\)/g)).toHaveLength(2);
});

test("one finding, or one violation, makes a verdict bad and stands above the figures", () => {
  const finding = { kind: "lost", who: '[1,"a"]', message: "it was answered" } as const;
  const lost = { ...GOOD, findings: [finding] };
  expect(isGood(lost)).toBe(false);
  expect(describeVerdict(lost)).toMatch(
    /^\[1,"a"\]: it was answered \[lost: .*SOMETHING IS WRONG$/s,
  );
  const violation = { kind: "number-twice", project: "1", message: "twice", ids: ["x"] } as const;
  const audit = { ...GOOD.audit, violationCount: 1, violations: [violation] };
  expect(isGood({ ...GOOD, audit })).toBe(false);
  expect(describeVerdict({ ...GOOD, audit })).toContain("project 1: twice [number-twice, I2]");
});
