import { afterAll, beforeAll, expect, it } from "vitest";
import { findLateProjects } from "../../functions/late-projects.ts";
import { type DrainedAccount, startDrainedAccount } from "../sprocs/drained-account.ts";

let account: DrainedAccount;
let nowMs = Date.now() - 100_000;

beforeAll(async () => {
  account = await startDrainedAccount(() => nowMs);
});

afterAll(async () => {
  await account.close();
});

const request = async (projectId: number, id: string): Promise<void> => {
  await account.container.items.create({ id, projectId, type: "request", title: "t" });
  nowMs += 1_000;
};

it("late projects come in the order of their oldest requests, and only those that are late", async () => {
  const firstS = Math.floor(nowMs / 1_000);
  await request(5, "a");
  await request(1, "b");
  await request(3, "c");
  await request(5, "d");
  await request(2, "e");
  const late = await findLateProjects(account.container, firstS + 4);
  expect(late.map(({ project, oldestTs }) => [project.key, oldestTs - firstS])).toEqual([
    ["5", 0],
    ["1", 1],
    ["3", 2],
  ]);
});
