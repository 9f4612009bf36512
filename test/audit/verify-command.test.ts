import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readArguments } from "../../cli/command.ts";
import { verify } from "../../cli/commands/verify.ts";
import {
  type AuditedAccount,
  type AuditedContainer,
  counter,
  done,
  pending,
  soundProject,
  startAuditedAccount,
  submit,
  todo,
  together,
} from "./audited-container.ts";

let account: AuditedAccount;
let container: AuditedContainer;
const environment = { ...process.env };
beforeAll(async () => {
  account = await startAuditedAccount();
});
afterAll(() => account.close());
beforeEach(async () => {
  container = await account.newContainer();
  process.env.COSMOS = account.proxy.connectionString;
  process.env.COSMOS_DATABASE = "audited";
  process.env.COSMOS_CONTAINER = container.id;
  await soundProject(container.items, 1);
  return () => {
    process.env = environment;
  };
});

/** Runs the command in this process: what it said, emitted and noted, and its exit code. */
const run = async (...args: string[]) => {
  const said: string[] = [];
  const noted: string[] = [];
  const emitted: unknown[] = [];
  const exitCode = await verify.run(readArguments("verify", verify, args), {
    isJson: false,
    say: (line) => void said.push(line),
    emit: (result) => void emitted.push(result),
    note: (line) => void noted.push(line),
    progress: () => undefined,
  });
  return { exitCode, said, noted, emitted };
};

describe("verify says to a person", () => {
  test("that all invariants hold, with exit code 0", async () => {
    const { exitCode, said, noted } = await run("--complete", "--created-once");
    expect(said).toEqual([
      "3 requests (3 todos, 0 rejected, 0 pending) in 1 projects: all invariants hold",
    ]);
    expect(noted).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test("each violation with invariant and documents, with exit code 1", async () => {
    await container.items.item("counter", 1).delete();
    await container.items.item("r2", 1).delete();
    const { exitCode, said, emitted } = await run();
    expect(said.sort()).toEqual([
      "2 requests (3 todos, 0 rejected, 0 pending) in 1 projects: 2 violations",
      "project 1: there are todos up to number 3 and no counter [counter-missing, I2] ids: todo:r3",
      "project 1: todo 2 has no request [todo-without-request, I3] ids: todo:r2, r2",
    ]);
    expect(emitted).toEqual([
      expect.objectContaining({
        event: "verified",
        violationCount: 2,
        seconds: expect.any(Number),
        peakMemoryBytes: expect.any(Number),
      }),
    ]);
    expect(exitCode).toBe(1);
  });

  test("which option allows requests to expire, where the container lets items expire", async () => {
    await container.items.item("r2", 1).delete();
    expect((await run()).noted).toEqual([
      "The container lets items expire; if done requests do: --requests-may-expire",
    ]);
    const { exitCode, said, noted } = await run("--requests-may-expire");
    expect(said).toContain("1 requests of todos are gone");
    expect(noted).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test("what cannot be shown any more", async () => {
    await submit(container.items, pending(1, 5), pending(1, 4));
    await together(
      container.items,
      ...[done(1, 4), todo(1, 4), done(1, 5), todo(1, 5), counter(1, 5)],
    );
    await together(container.items, done(1, 1, { more: "of it" }));
    const { exitCode, said } = await run();
    expect(said.slice(1)).toEqual([
      "1 documents were written again later: I5 cannot be shown for them",
      "1 requests come behind younger ones: I4 holds if their senders replaced them while they were pending",
    ]);
    expect(exitCode).toBe(0);
    expect(await run("--created-once")).toMatchObject({ exitCode: 1 });
  });
});
