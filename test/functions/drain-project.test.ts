import { describe, expect, test } from "vitest";
import type { World } from "../../client/world.ts";
import type { DrainOptions, DrainResult } from "../../domain/drain-contract.ts";
import { drainProject } from "../../functions/drain-project.ts";
import { projectOf } from "../../functions/project.ts";

const project = projectOf(7);

const result = (fields: Partial<DrainResult> = {}): DrainResult => ({
  kind: "drained",
  done: 10,
  rejected: 1,
  more: false,
  lastId: 10,
  stopped: "empty",
  oldestTs: 1,
  ...fields,
});

const cosmosError = (code: number | string, fields: object = {}): Error =>
  Object.assign(new Error("failed"), { code, ...fields });

const scriptError = (message: string): Error =>
  Object.assign(new Error(`Encountered exception. Exception = Error: ${message}`), { code: 400 });

/** Drains against a Cosmos DB that answers as told, the last answer again and again. */
const drainAgainst = async (...answers: readonly unknown[]) => {
  const calls: DrainOptions[] = [];
  const sleepsMs: number[] = [];
  const world: World = {
    now: () => 0,
    random: () => 0.5,
    uuid: () => "uuid",
    sleep: async (milliseconds) => {
      sleepsMs.push(milliseconds);
    },
  };
  const callDrain = async (_: unknown, options: DrainOptions): Promise<unknown> => {
    calls.push(options);
    const answer = answers[Math.min(calls.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const drained = await drainProject({ callDrain, world }, project, ["b", "a"]);
  return { drained, calls, sleepsMs, limits: calls.map(({ limit }) => limit) };
};

describe("draining a project", () => {
  test("calls again until nothing waits, with more at a time while all goes well", async () => {
    const more = result({ more: true, stopped: "limit" });
    const { drained, limits, calls, sleepsMs } = await drainAgainst(more, more, more, result());
    expect(drained).toEqual({ kind: "drained", project, more: false, done: 40, rejected: 4 });
    expect(limits).toEqual([100, 200, 400, 400]);
    expect(sleepsMs).toEqual([]);
    expect(calls[3]?.feedOrder).toEqual(["b", "a"]);
  });

  test("leaves a project that never ends to the next ring, so that others get their turn", async () => {
    const { drained, calls } = await drainAgainst(result({ more: true, stopped: "limit" }));
    expect(drained).toMatchObject({ kind: "drained", more: true });
    expect(calls.length).toBe(50);
  });

  test.each([
    [cosmosError(429, { retryAfterInMs: 700 })],
    [cosmosError(408)],
    [cosmosError(413)],
    [scriptError("drain-refused: no more")],
    [scriptError("drain-conflict: another")],
    [result({ done: 0, rejected: 0, more: true, stopped: "refused" })],
  ])("comes back smaller when Cosmos DB takes less (case %#)", async (answer) => {
    const { drained, limits } = await drainAgainst(answer, answer, result());
    expect(drained).toMatchObject({ kind: "drained", done: 10 });
    expect(limits).toEqual([100, 25, 6]);
  });

  test("waits as long as Cosmos DB asks for", async () => {
    const { sleepsMs } = await drainAgainst(cosmosError(429, { retryAfterInMs: 700 }), result());
    expect(sleepsMs[0]).toBeGreaterThanOrEqual(700);
  });

  test.each([
    [cosmosError(449)],
    [cosmosError(503)],
    [cosmosError(410)],
    [cosmosError("ECONNREFUSED")],
    [cosmosError("ECONNRESET")],
  ])("calls again after what passes by itself (case %#)", async (failure) => {
    const { drained, limits } = await drainAgainst(failure, result());
    expect(drained).toMatchObject({ kind: "drained", done: 10 });
    expect(limits).toEqual([100, 100]);
  });

  test.each([
    ["everybody", 8, cosmosError(503)],
    ["everybody", 8, cosmosError("ECONNREFUSED")],
    ["everybody", 8, cosmosError(429)],
    ["everybody", 1, cosmosError(401)],
    ["everybody", 1, cosmosError(403)],
    ["everybody", 1, cosmosError(404)],
    ["everybody", 1, cosmosError(400, { substatus: 65535 })],
    ["everybody", 1, "not a drain's answer"],
    ["project", 1, cosmosError(403, { substatus: 1014 })],
    ["project", 1, scriptError("drain-partition-full: 403")],
    ["project", 1, scriptError("drain-bug: contradiction")],
    ["project", 1, scriptError("x is not a function")],
    ["project", 5, cosmosError(449)],
    ["project", 8, scriptError("drain-conflict: again")],
    ["project", 8, scriptError("drain-refused: again")],
    ["project", 1, new Error("our own bug")],
  ])("gives up, and it concerns %s, after %i calls (case %#)", async (concerns, count, answer) => {
    const { drained, calls } = await drainAgainst(answer);
    expect(drained).toMatchObject({ kind: "failed", concerns });
    expect(calls.length).toBe(count);
  });

  test("counts what was done before it failed, and says what to do", async () => {
    const more = result({ more: true, stopped: "limit" });
    const { drained } = await drainAgainst(more, cosmosError(404));
    expect(drained).toMatchObject({ done: 10, rejected: 1 });
    expect(drained.kind === "failed" && drained.message).toContain("deploy dist/drain.js");
  });
});
