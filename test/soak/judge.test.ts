import { describe, expect, test } from "vitest";
import { judge, lagGoneAtMs, type Sightings, starvationRatio } from "./judge.ts";
import { createLatencyHistogram } from "./latency-histogram.ts";
import type { ProcessSample } from "./part-messages.ts";
import { stampedTitle, stampIn } from "./stamped-title.ts";

const MEBIBYTE = 1024 * 1024;
const MINUTES = 5;
const EVERY_MS = 10_000;

/** Live bytes of five minutes; `bytesAt` says how many after so many seconds. */
const liveBytes = (bytesAt: (second: number) => number): readonly ProcessSample[] =>
  samples((second) => ({ rssBytes: 300 * MEBIBYTE, liveBytes: bytesAt(second) }));

const residentBytes = (bytesAt: (second: number) => number): readonly ProcessSample[] =>
  samples((second) => ({ rssBytes: bytesAt(second) }));

const samples = (
  at: (second: number) => Pick<ProcessSample, "rssBytes" | "liveBytes">,
): readonly ProcessSample[] =>
  Array.from({ length: (MINUTES * 60_000) / EVERY_MS + 1 }, (_, n) => ({
    atMs: n * EVERY_MS,
    cpuMs: 0,
    ...at((n * EVERY_MS) / 1000),
  }));

const latency = (p99Ms: number) => ({ count: 100, p50Ms: p99Ms / 4, p99Ms, maxMs: p99Ms * 2 });
const lag = (atMs: number, oldestAgeMs: number) => ({ atMs, pending: 1, oldestAgeMs });

const good: Sightings = {
  processes: [{ name: "cosmos", samples: liveBytes(() => 50 * MEBIBYTE) }],
  lagAfter: [lag(1, 9_000), lag(2, 500), lag(3, 0)],
  latencies: { "quiet alone": latency(50), "quiet hot": latency(400) },
  audit: {
    ...{ projects: 1, requests: 7, todos: 7, pending: 0, rejected: {} },
    ...{ violationCount: 0, violations: [] },
  },
  counts: { subscriber: { todos: 7 }, load: { notTaken: 0 } },
};

const judgeSamples = (series: readonly ProcessSample[]): readonly string[] =>
  judge({ ...good, processes: [{ name: "cosmos", samples: series }] });

describe("the judge of memory", () => {
  test("reports what grows by a few bytes with each todo", () => {
    // 100 bytes of each of 1,000 todos a second.
    const leak = liveBytes((second) => 50 * MEBIBYTE + second * 100_000);
    expect(judgeSamples(leak)).toEqual([
      expect.stringMatching(/^memory: liveBytes of cosmos grew from 6\d to 7\d MB/),
    ]);
  });

  test("lets a sawtooth pass, of live bytes as of resident ones", () => {
    const tooth = (second: number) => (50 + 40 * ((second % 70) / 70)) * MEBIBYTE;
    expect(judgeSamples(liveBytes(tooth))).toEqual([]);
    expect(judgeSamples(residentBytes(tooth))).toEqual([]);
  });

  test("reports a sawtooth whose feet rise", () => {
    const tooth = (second: number) => (50 + 40 * ((second % 70) / 70) + second / 5) * MEBIBYTE;
    expect(judgeSamples(liveBytes(tooth))).toHaveLength(1);
  });

  test("lets caches fill and compilers warm up in the first third", () => {
    const warmUp = liveBytes((second) => 50 * MEBIBYTE + Math.min(second, 90) * MEBIBYTE);
    expect(judgeSamples(warmUp)).toEqual([]);
  });

  test("reports resident memory that grows although nothing lives in it", () => {
    const native = residentBytes((second) => (200 + second) * MEBIBYTE);
    expect(judgeSamples(native)).toEqual([expect.stringContaining("rssBytes of cosmos grew")]);
  });

  test("lets resident memory rise once, when the machine has more time for the load", () => {
    const step = residentBytes((second) => (second < 195 ? 220 : 315) * MEBIBYTE);
    expect(judgeSamples(step)).toEqual([]);
  });

  test("says nothing of a process that lived too shortly to be judged", () => {
    expect(judgeSamples(liveBytes(() => 1).slice(0, 1))).toEqual([]);
    expect(judgeSamples([])).toEqual([]);
  });
});

describe("the judge of a soak", () => {
  test("finds nothing where all is good", () => {
    expect(judge(good)).toEqual([]);
  });

  test("reports lag that stays, and lag that comes back", () => {
    const stays = { ...good, lagAfter: [lag(1, 9_000), lag(2, 9_000)] };
    expect(judge(stays)).toEqual([expect.stringMatching(/^lag: it did not return to zero/)]);
    expect(lagGoneAtMs([lag(1, 0), lag(2, 9_000)])).toBe(undefined);
    expect(lagGoneAtMs([lag(1, 9_000), lag(2, 100), lag(3, 100)])).toBe(2);
  });

  test("reports quiet projects that starve, and those that were not measured", () => {
    const latencies = { "quiet alone": latency(50), "quiet hot": latency(5_000) };
    expect(starvationRatio({ latencies })).toBe(100);
    expect(judge({ ...good, latencies })).toEqual([expect.stringMatching(/^starvation: .* 100.0/)]);
    expect(judge({ ...good, latencies: {} })).toEqual([expect.stringMatching(/^starvation: /)]);
  });

  test("reports todos that no subscriber saw, and requests that were not taken", () => {
    const counts = { subscriber: { todos: 6 }, load: { notTaken: 2 } };
    expect(judge({ ...good, counts })).toEqual([
      "the subscriber saw 6 of 7 todos",
      "2 requests of quiet projects were not taken",
    ]);
  });

  test("reports what the auditor found", () => {
    const violation = { kind: "number-missing", project: "1", message: "3", ids: [] } as const;
    const audit = { ...good.audit, violationCount: 1, violations: [violation] };
    expect(judge({ ...good, audit })).toEqual([expect.stringContaining("number-missing")]);
  });
});

describe("a histogram of latencies", () => {
  test("tells percentiles within one percent", () => {
    const histogram = createLatencyHistogram();
    for (let ms = 1; ms <= 10_000; ms += 1) histogram.add(ms);
    const { count, p50Ms, p99Ms, maxMs } = histogram.summary();
    expect([count, maxMs]).toEqual([10_000, 10_000]);
    expect(Math.abs(p50Ms - 5_000)).toBeLessThan(5_000 * 0.011);
    expect(Math.abs(p99Ms - 9_900)).toBeLessThan(9_900 * 0.011);
  });
});

describe("the title of a request", () => {
  test("tells who submitted it, in which phase and when", () => {
    const stamp = { traffic: "quiet", phase: "hot", submittedAtMs: 1_763_856_000_123 } as const;
    expect(stampIn(stampedTitle(stamp))).toEqual(stamp);
    expect(stampIn("Buy milk")).toBe(undefined);
  });
});
