import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ReceivedTodo, type SubscribeOptions, subscribe } from "../../client/subscribe.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import {
  type Account,
  createAccount,
  mergeLowest,
  openAccount,
  splitInto,
  startServer,
} from "./embedded-account.ts";
import { createFaultyTransport } from "./faulty-transport.ts";

let server: CosmosServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.close();
});

const newAccount = async (partitions: number): Promise<Account> => {
  const account = await createAccount(server, partitions);
  onTestFinished(() => account.client.dispose());
  return account;
};

/** Commits todos of one project in one transaction, in the order given. */
const commit = async (
  { items }: Account,
  projectId: number,
  ...todoIds: number[]
): Promise<void> => {
  const { code } = await items.items.batch(
    todoIds.map((todoId) => ({ operationType: "Create", resourceBody: todoOf(projectId, todoId) })),
    projectId,
  );
  expect(code).toBe(200);
};

const todoOf = (projectId: number, todoId: number) => {
  const requestId = `r${projectId}-${todoId}`;
  const title = `title ${todoId}`;
  return { id: `todo:${requestId}`, projectId, type: "todo", todoId, title, requestId };
};

/** Takes that many todos, or all until an error. */
const receive = async (
  account: Account,
  count: number,
  options: SubscribeOptions = {},
): Promise<readonly ReceivedTodo[]> => {
  const received: ReceivedTodo[] = [];
  for await (const each of subscribe(account.items, { pollDelayMs: 10, ...options })) {
    received.push(each);
    if (received.length === count) break;
  }
  return received;
};

const namesOf = (received: readonly ReceivedTodo[]): readonly string[] =>
  received.map(({ todo }) => `${todo.projectId}/${todo.todoId}`);

const ofProject = (received: readonly ReceivedTodo[], projectId: number): readonly number[] =>
  received.filter(({ todo }) => todo.projectId === projectId).map(({ todo }) => todo.todoId);

const PROJECTS = Array.from({ length: 12 }, (_, i) => i + 1);

describe("subscribe", () => {
  it("todos come in the order of their numbers, however a transaction's items lie in the page", async () => {
    const account = await newAccount(3);
    for (const project of PROJECTS) {
      await commit(account, project, 3, 1, 2);
      await commit(account, project, 5, 4);
    }
    const received = await receive(account, 60, { maxItemCount: 4 });
    for (const project of PROJECTS) expect(ofProject(received, project)).toEqual([1, 2, 3, 4, 5]);
  });

  it("requests, counters and strays are not handed out", async () => {
    const account = await newAccount(1);
    for (const stray of [
      { id: "r", type: "request", title: "x" },
      { id: "counter", type: "counter", lastId: 1 },
      { id: "half", type: "todo", todoId: 1 },
      { id: "fake", type: "todo", todoId: 1, title: "x", requestId: "not-fake" },
    ]) {
      await account.items.items.create({ ...stray, projectId: 1 });
    }
    await commit(account, 1, 1);
    expect(namesOf(await receive(account, 1))).toEqual(["1/1"]);
  });

  it("a subscription of one project sees only that one", async () => {
    const account = await newAccount(2);
    for (const project of PROJECTS) await commit(account, project, 1, 2);
    expect(namesOf(await receive(account, 2, { projectId: 7 }))).toEqual(["7/1", "7/2"]);
  });

  it("any stored continuation goes on with the very next todo", async () => {
    const account = await newAccount(3);
    for (const project of PROJECTS) await commit(account, project, 2, 1, 3);
    const total = PROJECTS.length * 3;
    for (let stop = 1; stop < total; stop += 5) {
      const first = await receive(account, stop, { maxItemCount: 7 });
      const { continuation } = first.at(-1)!;
      const rest = await receive(account, total - stop, { continuation, maxItemCount: 5 });
      expect(namesOf([...first, ...rest]).toSorted()).toEqual(
        PROJECTS.flatMap((project) => [1, 2, 3].map((id) => `${project}/${id}`)).toSorted(),
      );
    }
  });

  it("a split between two subscriptions, or during one, loses and repeats nothing", async () => {
    const account = await newAccount(2);
    for (const project of PROJECTS) await commit(account, project, 1, 2);
    const first = await receive(account, 13, { maxItemCount: 2 });
    await splitInto(account, 4);
    for (const project of PROJECTS) await commit(account, project, 4, 3);
    const received = [...first];
    const { continuation } = first.at(-1)!;
    for await (const each of subscribe(account.items, { continuation, pollDelayMs: 10 })) {
      received.push(each);
      if (received.length === 48) {
        await splitInto(account, 6);
        for (const project of PROJECTS) await commit(account, project, 5);
      }
      if (received.length === 60) break;
    }
    for (const project of PROJECTS) expect(ofProject(received, project)).toEqual([1, 2, 3, 4, 5]);
  });

  it("a merge between two subscriptions, or during one, loses and repeats nothing", async () => {
    const account = await newAccount(3);
    for (const project of PROJECTS) await commit(account, project, 1, 2);
    const first = await receive(account, 13, { maxItemCount: 2 });
    mergeLowest(account);
    for (const project of PROJECTS) await commit(account, project, 4, 3);
    const received = [...first];
    const { continuation } = first.at(-1)!;
    for await (const each of subscribe(account.items, { continuation, pollDelayMs: 10 })) {
      received.push(each);
      if (received.length === 48) {
        mergeLowest(account);
        for (const project of PROJECTS) await commit(account, project, 5);
      }
      if (received.length === 60) break;
    }
    for (const project of PROJECTS) expect(ofProject(received, project)).toEqual([1, 2, 3, 4, 5]);
  });

  it("a subscription from now begins with any number, and goes on from there", async () => {
    const account = await newAccount(2);
    for (const project of PROJECTS) await commit(account, project, 1, 2);
    const subscription = subscribe(account.items, { startFrom: "now", pollDelayMs: 10 });
    const next = subscription.next();
    let todoId = 2;
    const committing = setInterval(() => {
      todoId += 1;
      void commit(account, 1, todoId);
    }, 50);
    onTestFinished(() => clearInterval(committing));
    const first = (await next).value!.todo.todoId;
    const second = (await subscription.next()).value!.todo.todoId;
    clearInterval(committing);
    await subscription.return(undefined);
    expect(first).toBeGreaterThan(2);
    expect(second).toBe(first + 1);
  });

  it("a hole ends the subscription with an error that names it, after the todos before it", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 1, 2);
    await commit(account, 1, 4);
    const received: number[] = [];
    const run = async (): Promise<void> => {
      for await (const { todo } of subscribe(account.items)) received.push(todo.todoId);
    };
    await expect(run()).rejects.toThrow("Project 1: todo 4 came where todo 3 was due");
    expect(received).toEqual([1, 2]);
  });

  it("a hole behind a continuation is found as well", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 1, 2);
    const { continuation } = (await receive(account, 2, { projectId: 1 })).at(-1)!;
    await commit(account, 1, 4);
    await expect(receive(account, 1, { projectId: 1, continuation })).rejects.toThrow(
      "todo 3 was due",
    );
  });

  it("the first todo of a project has number 1 when reading from the beginning", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 2);
    await expect(receive(account, 1)).rejects.toThrow("todo 1 was due");
  });

  it("a todo that is written again with the same content is not handed out again", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 1, 2);
    const names: string[] = [];
    for await (const { todo } of subscribe(account.items, { pollDelayMs: 10 })) {
      names.push(`${todo.projectId}/${todo.todoId}`);
      if (names.length === 2) {
        await account.items.items.upsert(todoOf(1, 1));
        await commit(account, 1, 3);
      }
      if (names.length === 3) break;
    }
    expect(names).toEqual(["1/1", "1/2", "1/3"]);
  });

  it("a todo that is written again with other content ends the subscription with an error", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 1, 2);
    const run = async (): Promise<void> => {
      let count = 0;
      for await (const _ of subscribe(account.items, { pollDelayMs: 10 })) {
        count += 1;
        if (count === 2) await account.items.items.upsert({ ...todoOf(1, 1), title: "another" });
      }
    };
    await expect(run()).rejects.toThrow("todo 1 came a second time with other content");
  });

  it("an aborted signal ends the iteration, also while it waits", async () => {
    const account = await newAccount(2);
    const ending = new AbortController();
    const subscription = subscribe(account.items, { signal: ending.signal, pollDelayMs: 60_000 });
    const next = subscription.next();
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("reads that fail for a while are tried again, and nothing is missing", async () => {
    const account = await newAccount(2);
    for (const project of PROJECTS) await commit(account, project, 1, 2);
    let request = 0;
    const transport = createFaultyTransport(() => {
      request += 1;
      return request % 3 === 0 ? { kind: "refused", status: 503 } : undefined;
    });
    const faulty = openAccount(server, account.settings, transport);
    const received = await receive(faulty, 24, { maxItemCount: 3 });
    faulty.client.dispose();
    await transport.destroy();
    for (const project of PROJECTS) expect(ofProject(received, project)).toEqual([1, 2]);
  });

  it("a continuation from after a split knows the numbers of the child that has the project", async () => {
    const account = await newAccount(1);
    for (const project of PROJECTS) await commit(account, project, 1, 2, 3);
    const early = await receive(account, PROJECTS.length * 3 - 2);
    const last = early.at(-1)!;
    const { projectId } = last.todo;
    await splitInto(account, 2);
    await commit(account, projectId, 4);
    const rest = await receive(account, 3, { continuation: last.continuation });
    expect(namesOf(rest)).toEqual([`${projectId}/2`, `${projectId}/3`, `${projectId}/4`]);
    await commit(account, projectId, 5);
    const { continuation } = rest.at(-1)!;
    expect(namesOf(await receive(account, 1, { continuation }))).toEqual([`${projectId}/5`]);
  });

  it("a physical partition that is gone without a split is read on from the same place", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 1, 2, 3);
    await commit(account, 1, 4);
    let reads = 0;
    const transport = createFaultyTransport(({ headers }) => {
      if (!headers.has("a-im")) return undefined;
      reads += 1;
      return reads % 2 === 0 ? { kind: "refused", status: 410 } : undefined;
    });
    const faulty = openAccount(server, account.settings, transport);
    const retried: unknown[] = [];
    const onRetry = (error: unknown): unknown => retried.push(error);
    const received = await receive(faulty, 4, { maxItemCount: 1, onRetry });
    faulty.client.dispose();
    await transport.destroy();
    expect(ofProject(received, 1)).toEqual([1, 2, 3, 4]);
    expect(retried).toHaveLength(1);
  });

  it("a continuation of something else is refused, and says what it belongs to", async () => {
    const account = await newAccount(1);
    await commit(account, 1, 1);
    const [{ continuation }] = (await receive(account, 1)) as [ReceivedTodo];
    await expect(receive(account, 1, { continuation, projectId: 1 })).rejects.toThrow(
      "all projects",
    );
    await expect(receive(account, 1, { continuation: "nonsense" })).rejects.toThrow("unchanged");
    const other = await newAccount(1);
    await expect(receive(other, 1, { continuation })).rejects.toThrow("another container");
  });
});
