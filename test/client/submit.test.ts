import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SubmitError, type SubmitRequest } from "../../client/submission.ts";
import { createSubmitter } from "../../client/submit.ts";
import type { CosmosServer } from "../../local/cosmos/server.ts";
import { type Account, createAccount, openAccount, startServer } from "./embedded-account.ts";
import {
  createFaultyTransport,
  type Fault,
  isItemWrite,
  type Request,
} from "./faulty-transport.ts";

let server: CosmosServer;
let account: Account;

beforeAll(async () => {
  server = await startServer();
  account = await createAccount(server, 3);
});

afterAll(async () => {
  account.client.dispose();
  await server.close();
});

/** Submits over a connection on which things go wrong. */
const overFaults = async <A>(
  faultOf: (request: Request) => Fault | undefined,
  use: (faulty: Account) => Promise<A>,
): Promise<A> => {
  const transport = createFaultyTransport(faultOf);
  const faulty = openAccount(server, account.settings, transport);
  try {
    return await use(faulty);
  } finally {
    faulty.client.dispose();
    await transport.destroy();
  }
};

/** The first `count` writes meet the fault. */
const firstWrites = (count: number, fault: Fault) => {
  let met = 0;
  return (request: Request): Fault | undefined => {
    if (!isItemWrite(request) || met >= count) return undefined;
    met += 1;
    return fault;
  };
};

let lastProjectId = 0;
const newProject = (): number => {
  lastProjectId += 1;
  return lastProjectId;
};

const titlesInOrder = async (projectId: number): Promise<readonly string[]> => {
  const { resources } = await account.items.items
    .readChangeFeed<{ title: string }>(projectId, { startFromBeginning: true, maxItemCount: 1_000 })
    .fetchNext()
    .then(({ result }) => ({ resources: result ?? [] }));
  return resources.map(({ title }) => title);
};

const numbered = (projectId: number, count: number): readonly SubmitRequest[] =>
  Array.from({ length: count }, (_, i) => ({ projectId, title: `${i}`, id: `${projectId}-${i}` }));

const kindsOf = (submissions: readonly { readonly kind: string }[]): readonly string[] =>
  submissions.map(({ kind }) => kind);

describe("submit", () => {
  it("a request without an id gets one and is accepted", async () => {
    const submission = await createSubmitter(account.items).submit({
      projectId: newProject(),
      title: "buy milk",
    });
    expect(submission).toMatchObject({
      kind: "accepted",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it("the same id with the same title is already accepted, and stays one document", async () => {
    const submitter = createSubmitter(account.items);
    const request = { projectId: newProject(), title: "once", id: "same" };
    await submitter.submit(request);
    expect(await submitter.submit(request)).toMatchObject({ kind: "already-accepted" });
    expect(await titlesInOrder(request.projectId)).toEqual(["once"]);
  });

  it("the same id with another title is conflicting, and changes nothing", async () => {
    const submitter = createSubmitter(account.items);
    const request = { projectId: newProject(), title: "first", id: "same" };
    await submitter.submit(request);
    expect(await submitter.submit({ ...request, title: "second" })).toMatchObject({
      kind: "conflicting",
    });
    expect(await titlesInOrder(request.projectId)).toEqual(["first"]);
  });

  it("the same id in another project is another request", async () => {
    const submitter = createSubmitter(account.items);
    const request = { projectId: newProject(), title: "here", id: "same" };
    await submitter.submit(request);
    const other = await submitter.submit({ ...request, projectId: newProject() });
    expect(other.kind).toBe("accepted");
  });

  it.each([
    [{ projectId: 0, title: "x" }, "projectId"],
    [{ projectId: 1, title: "  " }, "title"],
    [{ projectId: 1, title: "x".repeat(4097) }, "4096"],
    [{ projectId: 1, title: "x", id: "a/b" }, "id"],
    [{ projectId: 1, title: "x", id: "" }, "id"],
    [{ projectId: 1, title: "x", id: "é".repeat(128) }, "255"],
  ])("%# is invalid, says why, and is not sent", async (request, word) => {
    const unreachable = { ...account.items } as typeof account.items;
    const submission = await createSubmitter(unreachable).submit(request);
    expect(submission).toMatchObject({ kind: "invalid", reasons: [expect.stringContaining(word)] });
  });

  it("requests of one project that are submitted together keep their call order", async () => {
    const submitter = createSubmitter(account.items);
    const requests = numbered(newProject(), 250);
    const submissions = await Promise.all(requests.map(submitter.submit));
    expect(new Set(kindsOf(submissions))).toEqual(new Set(["accepted"]));
    const { resources } = await account.items.items
      .readAll<{ title: string; _rid: string }>({ partitionKey: requests[0]!.projectId })
      .fetchAll();
    expect(resources.map(({ title }) => title)).toEqual(requests.map(({ title }) => title));
  });

  it("known requests inside a batch are told apart from new, conflicting and repeated ones", async () => {
    const submitter = createSubmitter(account.items);
    const requests = numbered(newProject(), 30);
    await submitter.submit(requests[3]!);
    await submitter.submit(requests[7]!);
    const submissions = await Promise.all([
      ...requests.map((request, i) =>
        submitter.submit(i === 7 ? { ...request, title: "other" } : request),
      ),
      submitter.submit(requests[20]!),
    ]);
    const expected = requests.map((_, i) =>
      i === 3 ? "already-accepted" : i === 7 ? "conflicting" : "accepted",
    );
    expect(kindsOf(submissions)).toEqual([...expected, "already-accepted"]);
  });

  it("many projects at once: every request is accepted once", async () => {
    const submitter = createSubmitter(account.items);
    const projects = Array.from({ length: 40 }, newProject);
    const requests = projects.flatMap((projectId) => numbered(projectId, 3));
    const progress: number[] = [];
    const { counts } = await submitter.submitMany(requests, {
      onProgress: ({ accepted }) => progress.push(accepted),
      progressEvery: 50,
      maxOutstanding: 60,
    });
    expect(counts).toEqual({ accepted: 120, "already-accepted": 0, conflicting: 0, invalid: 0 });
    expect(progress).toEqual([50, 100, 120]);
    for (const projectId of projects.slice(0, 3)) {
      expect(await titlesInOrder(projectId)).toEqual(["0", "1", "2"]);
    }
  });
});

describe("submit when things go wrong", () => {
  it.each([
    ["a lost request", { kind: "lost" }, "accepted"],
    ["a lost answer", { kind: "unheard" }, "already-accepted"],
    ["503", { kind: "refused", status: 503 }, "accepted"],
    ["449", { kind: "refused", status: 449 }, "accepted"],
    ["408", { kind: "refused", status: 408 }, "accepted"],
    [
      "429 with a time to wait",
      { kind: "refused", status: 429, substatus: 3200, retryAfterMs: 20 },
      "accepted",
    ],
  ] as const)("%s: the request is tried again and is there once", async (_, fault, kind) => {
    const request = { projectId: newProject(), title: "once more", id: "again" };
    const submission = await overFaults(firstWrites(2, fault), ({ items }) =>
      createSubmitter(items).submit(request),
    );
    expect(submission.kind).toBe(kind);
    expect(await titlesInOrder(request.projectId)).toEqual(["once more"]);
  });

  it.each([
    ["a lost batch", { kind: "lost" }],
    ["a batch whose answer is lost", { kind: "unheard" }],
    ["a throttled batch", { kind: "refused", status: 429, substatus: 3200, retryAfterMs: 20 }],
  ] as const)("%s: all its requests arrive, once and in order", async (_, fault) => {
    const requests = numbered(newProject(), 150);
    const submissions = await overFaults(firstWrites(1, fault), ({ items }) => {
      const submitter = createSubmitter(items);
      return Promise.all(requests.map(submitter.submit));
    });
    for (const { kind } of submissions) expect(kind).toMatch(/^(already-)?accepted$/);
    expect(await titlesInOrder(requests[0]!.projectId)).toEqual(requests.map(({ title }) => title));
  });

  it("requests that are submitted while earlier ones are in flight stay behind them", async () => {
    const requests = numbered(newProject(), 40);
    let submitLater = (): void => undefined;
    const loseFirst = firstWrites(1, { kind: "lost", afterMs: 50 });
    const later = Promise.withResolvers<unknown>();
    const faultOf = (request: Request): Fault | undefined => {
      const fault = loseFirst(request);
      if (fault) submitLater();
      return fault;
    };
    await overFaults(faultOf, async ({ items }) => {
      const submitter = createSubmitter(items);
      submitLater = () => later.resolve(Promise.all(requests.slice(20).map(submitter.submit)));
      await Promise.all(requests.slice(0, 20).map(submitter.submit));
      await later.promise;
    });
    expect(await titlesInOrder(requests[0]!.projectId)).toEqual(requests.map(({ title }) => title));
  });

  it.each([
    ["lost", { kind: "lost" }],
    ["unheard", { kind: "unheard" }],
  ] as const)("a bulk that is %s: all its requests arrive once", async (_, fault) => {
    const requests = Array.from({ length: 30 }, () => numbered(newProject(), 1)[0]!);
    const submissions = await overFaults(firstWrites(1, fault), ({ items }) => {
      const submitter = createSubmitter(items);
      return Promise.all(requests.map(submitter.submit));
    });
    for (const { kind } of submissions) expect(kind).toMatch(/^(already-)?accepted$/);
    for (const { projectId } of requests) expect(await titlesInOrder(projectId)).toEqual(["0"]);
  });

  it("a service that stays away ends in an error that says the id and what to do", async () => {
    const request = { projectId: newProject(), title: "x", id: "mine" };
    const error = await overFaults(firstWrites(1_000, { kind: "lost" }), ({ items }) =>
      createSubmitter(items, { giveUpAfterMs: 200 }).submit(request),
    ).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SubmitError);
    expect(error).toMatchObject({ id: "mine", effect: "unknown" });
    expect(String(error)).toContain("Submit it again with the same id");
  });

  it("a request that Cosmos DB cannot have got is said to have had no effect", async () => {
    const fault: Fault = { kind: "refused", status: 449 };
    const error = await overFaults(firstWrites(1_000, fault), ({ items }) =>
      createSubmitter(items, { giveUpAfterMs: 200 }).submit({
        projectId: newProject(),
        title: "x",
      }),
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ effect: "none" });
  });

  it.each([
    ["batch", (): number[] => Array(20).fill(newProject())],
    ["bulk", (): number[] => Array.from({ length: 20 }, newProject)],
  ])(
    "a %s that was not heard of has perhaps had an effect, whatever comes after",
    async (_, of) => {
      const requests = of().map((projectId, i) => ({ projectId, title: "x", id: `${i}` }));
      const later: Fault = { kind: "refused", status: 449 };
      const unheard = firstWrites(1, { kind: "unheard" });
      const faultOf = (request: Request): Fault | undefined =>
        unheard(request) ?? (isItemWrite(request) ? later : undefined);
      const ends = await overFaults(faultOf, ({ items }) => {
        const submitter = createSubmitter(items, { giveUpAfterMs: 200 });
        return Promise.allSettled(requests.map(submitter.submit));
      });
      for (const end of ends) {
        expect(end).toMatchObject({ status: "rejected", reason: { effect: "unknown" } });
      }
    },
  );

  it("a missing container is an error at once that names the settings", async () => {
    const elsewhere = account.client.database(account.settings.database).container("nowhere");
    const submit = createSubmitter(elsewhere).submit({ projectId: 1, title: "x" });
    await expect(submit).rejects.toThrow("check COSMOS_DATABASE and COSMOS_CONTAINER");
  });

  it("a project that is refused does not hold up the others", async () => {
    const [full, other] = [newProject(), newProject()];
    const isFull = (request: Request): boolean =>
      isItemWrite(request) && request.headers.get("x-ms-documentdb-partitionkey") === `[${full}]`;
    const refuse = (request: Request): Fault | undefined =>
      isFull(request) ? { kind: "refused", status: 403, substatus: 1014 } : undefined;
    await overFaults(refuse, async ({ items }) => {
      const submitter = createSubmitter(items, { maxFlushes: 1 });
      const refused = Promise.allSettled(numbered(full, 12).map(submitter.submit));
      const submissions = await Promise.all(numbered(other, 12).map(submitter.submit));
      expect(new Set(kindsOf(submissions))).toEqual(new Set(["accepted"]));
      for (const result of await refused) {
        expect(result).toMatchObject({ status: "rejected" });
        expect(String("reason" in result && result.reason)).toContain("20 GB");
      }
    });
  });

  it("closing waits for what is on its way, and refuses more", async () => {
    const submitter = createSubmitter(account.items);
    const requests = numbered(newProject(), 20);
    const submissions = requests.map(submitter.submit);
    await submitter.close();
    expect(await titlesInOrder(requests[0]!.projectId)).toHaveLength(20);
    await Promise.all(submissions);
    await expect(submitter.submit(requests[0]!)).rejects.toThrow("closed");
  });

  it("more pending requests than the limit are refused, not kept", async () => {
    const submitter = createSubmitter(account.items, { maxPending: 5 });
    const results = await Promise.allSettled(numbered(newProject(), 6).map(submitter.submit));
    expect(results.map(({ status }) => status)).toEqual([
      ...Array(5).fill("fulfilled"),
      "rejected",
    ]);
  });
});
