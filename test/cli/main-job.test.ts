import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FREE_PORTS, type Running, runCommand, SAMPLE, temporaryFolder } from "./command-line.ts";
import { readTodos } from "./read-todos.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
const running: Running[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.directory, "data");
});
afterEach(async () => {
  for (const each of running.splice(0)) {
    if (each.process.exitCode === null && each.process.signalCode === null) each.killGroup();
  }
  await folder.remove();
});

const start = (...args: string[]): Running => {
  const started = runCommand(["start", ...FREE_PORTS, "--data", data, ...args]);
  running.push(started);
  return started;
};
const once = () => start("--input", SAMPLE, "--once");

/** What an undisturbed run must come to: the good lines of each project, in the order of the file. */
const expectedTodos = async (): Promise<ReadonlyMap<number, string[]>> => {
  const text = await readFile(SAMPLE, "utf8");
  const projects = new Map<number, string[]>();
  const ids = new Set<string>();
  for (const line of text.trim().split("\n")) {
    const { projectId, title, id } = JSON.parse(line);
    if (id !== undefined && ids.has(id)) continue;
    if (id !== undefined) ids.add(id);
    const isGood =
      Number.isSafeInteger(projectId) &&
      projectId > 0 &&
      typeof title === "string" &&
      title.trim() !== "" &&
      title.length <= 4096;
    if (isGood) projects.set(projectId, [...(projects.get(projectId) ?? []), title]);
  }
  return new Map([...projects].sort(([one], [other]) => one - other));
};

describe("the main job", () => {
  test("numbers every good request in the order of the file, and says why it rejects the bad", async () => {
    const first = once();
    expect(await first.end, first.errorLines.join("\n")).toBe(0);
    const expected = await expectedTodos();
    const count = [...expected.values()].flat().length;
    expect(await first.event("summary")).toMatchObject({
      submitted: { accepted: 211, alreadyAccepted: 1, notTakenCount: 0 },
      newTodos: count,
      todos: count,
      done: count,
      pending: 0,
      violationCount: 0,
      unproven: 0,
      rejected: {
        "title-missing": 2,
        "title-empty": 2,
        "title-not-text": 2,
        "title-too-long": 1,
        "project-id-invalid": 5,
      },
    });
    expect(await readTodos(data)).toEqual(expected);

    const again = once();
    expect(await again.end).toBe(0);
    expect(await again.event("summary")).toMatchObject({
      submitted: { accepted: 0, alreadyAccepted: 212, notTakenCount: 0 },
      newTodos: 0,
      todos: count,
    });
    expect(await readTodos(data)).toEqual(expected);
  });

  test("serves submit, todos and verify, and stops in good order", async () => {
    const azure = start();
    const { connectionString: COSMOS, functionsUrl } = await azure.event("started");
    const env = { COSMOS: String(COSMOS) };
    const submitted = runCommand(["submit", "--project", "42", "Buy milk", "--id", "milk"], env);
    expect(await submitted.event("submitted")).toMatchObject({ kind: "accepted", id: "milk" });
    const follow = runCommand(["todos", "--project", "42", "--follow"], env);
    running.push(follow);
    expect(await follow.event("todo")).toMatchObject({ todoId: 1, title: "Buy milk" });
    const posted = await fetch(`${functionsUrl}/api/projects/42/requests`, {
      method: "POST",
      body: JSON.stringify({ title: "Call Jo", id: "jo" }),
    });
    expect(posted.status).toBe(202);
    while (follow.events.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(follow.events[1]).toMatchObject({ todoId: 2, title: "Call Jo", requestId: "jo" });
    follow.kill("SIGINT");
    expect(await follow.end).toBe(0);
    const list = runCommand(["todos", "--project", "42"], env);
    expect(await list.end).toBe(0);
    expect(list.events).toMatchObject([{ todoId: 1 }, { todoId: 2 }]);
    const again = runCommand(["submit", "--project", "42", "Buy bread", "--id", "milk"], env);
    expect(await again.end).toBe(1);
    expect(again.events[0]).toMatchObject({ kind: "conflicting" });
    const verify = runCommand(["verify", "--complete"], env);
    expect(await verify.end).toBe(0);
    expect(verify.events[0]).toMatchObject({ todos: 2, requests: 2, violationCount: 0 });
    azure.kill("SIGTERM");
    expect(await azure.end).toBe(0);
  });
});

/** Kills at a random moment of the first seconds, and runs to the end afterwards. */
describe("kill -9 at a random moment changes nothing in the end:", () => {
  const rounds = Array.from({ length: 3 }, (_, round) => round + 1);

  test.each(rounds)("the server process, round %i", async () => {
    const job = once();
    await killSoon(job, "cosmos");
    expect(await job.end, job.errorLines.join("\n")).toBe(0);
    expect(await readTodos(data)).toEqual(await expectedTodos());
  });

  test.each(rounds)("the function host process, round %i", async () => {
    const job = once();
    await killSoon(job, "functions");
    expect(await job.end, job.errorLines.join("\n")).toBe(0);
    expect(await readTodos(data)).toEqual(await expectedTodos());
  });

  test.each(rounds)("the parent, whose children end too, round %i", async () => {
    const job = once();
    await job.event("process");
    await sleepAtRandom();
    job.kill("SIGKILL");
    await job.end;
    await expectRerun();
  });

  test.each(rounds)("the whole group, round %i", async () => {
    const job = once();
    await job.event("process");
    await sleepAtRandom();
    if (job.process.exitCode === null) job.killGroup();
    await job.end;
    await expectRerun();
  });

  const expectRerun = async (): Promise<void> => {
    const rerun = once();
    expect(await rerun.end, rerun.errorLines.join("\n")).toBe(0);
    expect(await readTodos(data)).toEqual(await expectedTodos());
  };
  const sleepAtRandom = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 2500));
  const killSoon = async (job: Running, role: string): Promise<void> => {
    await job.event("started");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 800));
    const started = job.events.findLast((each) => each.event === "process" && each.role === role);
    if (job.process.exitCode !== null) return;
    try {
      process.kill(Number(started?.pid), "SIGKILL");
    } catch {
      // The job was faster than we were.
    }
  };
});
