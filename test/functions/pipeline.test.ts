import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemWorld, type World } from "../../client/world.ts";
import { drainProject } from "../../functions/drain-project.ts";
import { findLateProjects } from "../../functions/late-projects.ts";
import { createProcessRequests } from "../../functions/process-requests.ts";
import { createProjectBackoff } from "../../functions/project-backoff.ts";
import { createProjectDrains, type ProjectDrains } from "../../functions/project-drains.ts";
import { createSweep } from "../../functions/sweep.ts";
import {
  type DrainedAccount,
  faultsOf,
  itemsOf,
  startDrainedAccount,
} from "../sprocs/drained-account.ts";

let account: DrainedAccount;
let nowMs = Date.now();
beforeAll(async () => {
  account = await startDrainedAccount(() => nowMs);
});
afterAll(() => account.close());

/** One host: its own drains, as every process of the function app has. */
const createHost = (): ProjectDrains =>
  createProjectDrains(({ project, feedOrder }) =>
    drainProject({ callDrain: account.callDrain, world: systemWorld }, project, feedOrder),
  );

/** However slow this machine is, no project is left behind. */
const patient: World = {
  ...systemWorld,
  sleep: (_milliseconds, signal) =>
    new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};

const request = (projectId: unknown, n: number) => ({
  id: `r${n}`,
  projectId,
  type: "request",
  title: `title ${n}`,
});

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe("the doorbell", () => {
  test("rung for one change drains all that its project has pending, on two hosts at once", async () => {
    for (let n = 0; n < 300; n++) await account.container.items.create(request(1 + (n % 3), n));
    const changes = [request(1, 0), request(2, 1), request(3, 2)];
    await Promise.all(
      [createHost(), createHost()].map((host) =>
        createProcessRequests(host, patient)(changes, silent),
      ),
    );
    for (const projectId of [1, 2, 3]) {
      expect(await faultsOf(account.container, projectId)).toEqual([]);
      expect(await itemsOf(account.container, projectId, "todo")).toHaveLength(100);
    }
  });
});

describe("the sweep", () => {
  test("drains every project that has a late request, whatever its partition key", async () => {
    const keys = [11, 12, "7", null, undefined];
    for (const [n, key] of keys.entries()) await account.container.items.create(request(key, n));
    nowMs += 10_000;
    const findLate = (before: number) => findLateProjects(account.container, before);
    const world = { ...patient, now: () => nowMs };
    const late = await findLate(Math.floor(nowMs / 1000) - 5);
    expect(late.map(({ project }) => project.key).sort()).toEqual(
      ['"7"', "11", "12", "none", "null"].sort(),
    );
    const backoff = createProjectBackoff(world);
    await createSweep({ findLate, drains: createHost(), backoff, world })(silent);
    expect(await findLate(Math.floor(nowMs / 1000))).toEqual([]);
    expect(await itemsOf(account.container, 12, "todo")).toHaveLength(1);
  });

  test("leaves alone what is not late yet", async () => {
    await account.container.items.create(request(21, 1));
    const before = Math.floor(nowMs / 1000) - 5;
    expect(await findLateProjects(account.container, before)).toEqual([]);
  });
});

describe("a wrong deployment", () => {
  test("without the stored procedure is an Error for everybody that says what to do", async () => {
    await account.container.items.create(request(31, 1));
    const [procedure] = (await account.container.scripts.storedProcedures.readAll().fetchAll())
      .resources;
    if (procedure === undefined) throw new Error("there is no stored procedure");
    const { id, body } = procedure;
    await account.container.scripts.storedProcedure(id).delete();
    const ended = createProcessRequests(createHost(), patient)([request(31, 1)], silent);
    await expect(ended).rejects.toThrow("deploy dist/drain.js");
    await account.container.scripts.storedProcedures.create({ id, body: body as string });
    await createProcessRequests(createHost(), patient)([request(31, 1)], silent);
    expect(await faultsOf(account.container, 31)).toEqual([]);
  });
});
