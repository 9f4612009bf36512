import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { bundleDrain } from "../../../build.ts";
import { dotnetCommand } from "../dotnet-program.ts";
import { DATABASE, type EmbeddedAccount, ITEMS, withEmbeddedAccount } from "../embedded-account.ts";
import { type LineProgram, startProgram, type Told } from "../line-program.ts";
import { type Figures, type Scenario, until } from "../scenario.ts";
import { withThrottledEndpoint } from "../throttled-endpoint.ts";
import { type Query, queries, unorderedQueries } from "./dotnet-queries.ts";

const PARTITIONS = 3;
const PROJECTS = 7;
const REQUESTS = 9;

/** Item 8 (d): the .NET SDK as a client of the pipeline. */
export const dotnetClient: readonly Scenario[] = [
  {
    title: "a .NET program submits requests, drains them and reads the todos",
    run: (progress) => withEmbeddedAccount(PARTITIONS, (account) => play(account, progress)),
  },
  {
    title: "a .NET program sees refusals as CosmosException with the status of Azure",
    run: () => withEmbeddedAccount(PARTITIONS, beRefused),
  },
];

/** Starts one of the two roles that answer commands. */
const startClient = (
  role: "submitter" | "reader",
  connectionString: string,
  given: Readonly<Record<`--${string}`, number>> = {},
): LineProgram =>
  startProgram({
    name: `.NET ${role}`,
    command: dotnetCommand(role, { "--database": DATABASE, "--container": ITEMS, ...given }),
    environment: { COSMOS: connectionString },
  });

const play = async (
  { items, connectionString }: EmbeddedAccount,
  progress: (text: string) => void,
): Promise<Figures> => {
  const drain = await bundleDrain();
  await items.scripts.storedProcedures.create({ id: drain.name, body: drain.body });
  const submitter = startClient("submitter", connectionString);
  const reader = startClient("reader", connectionString);
  progress("creating requests, executing the stored procedure");
  let chargeRu = 0;
  for (let projectId = 1; projectId <= PROJECTS; projectId += 1) {
    for (const document of requestsOf(projectId)) {
      const created = answerOf(
        await submitter.ask({ operation: "create", partitionKey: projectId, document }),
      );
      equal(created.status, 201);
      chargeRu += Number(created.chargeRu);
    }
    const drained = answerOf(
      await submitter.ask({
        operation: "execute",
        id: drain.name,
        partitionKey: projectId,
        arguments: [{ limit: 100, feedOrder: [] }],
      }),
    ).resource as Readonly<Record<string, unknown>>;
    equal(drained.done, REQUESTS);
    equal(drained.lastId, REQUESTS);
  }
  ok(chargeRu > 0);
  await readPoints(reader);
  progress("queries over partitions, with query plans");
  const asked = await askQueries(reader);
  progress("the change feed by pages");
  const changes = await pullChanges(submitter, reader);
  await submitter.stop();
  await reader.stop();
  return {
    documents: PROJECTS * (2 * REQUESTS + 1),
    queries: asked,
    changes,
    ruPerCreate: Number((chargeRu / (PROJECTS * REQUESTS)).toFixed(2)),
  };
};

const requestsOf = (projectId: number): readonly object[] =>
  Array.from({ length: REQUESTS }, (_, n) => ({
    id: `r${projectId}-${n}`,
    projectId,
    type: "request",
    title: `Überraschung ${n} für ${projectId} 🎁`,
  }));

const readPoints = async (reader: LineProgram): Promise<void> => {
  const asked = { operation: "read", partitionKey: 2, id: "todo:r2-3" };
  const todo = answerOf(await reader.ask(asked));
  equal(todo.todoId, 4);
  equal(todo.title, "Überraschung 3 für 2 🎁");
  const wanted = [1, 2, 3, 4, 5].map((partitionKey) => ({
    id: `todo:r${partitionKey}-0`,
    partitionKey,
  }));
  const many = await reader.ask({ operation: "read-many", items: wanted });
  equal(many.event, "answer", String(many.message));
  const found = many.value as readonly { id: string }[];
  deepStrictEqual(
    found.map(({ id }) => id).sort(),
    wanted.map(({ id }) => id),
  );
};

const askQueries = async (reader: LineProgram): Promise<number> => {
  const ask = async (asked: Query["asked"]): Promise<readonly unknown[]> => {
    const told = await reader.ask({ operation: "query", ...asked });
    equal(told.event, "answer", `${asked.query}\n${told.message}`);
    return answerOf(told).results as readonly unknown[];
  };
  const ordered = queries(PROJECTS, REQUESTS);
  for (const { asked, expected } of ordered) {
    deepStrictEqual(await ask(asked), expected, asked.query);
  }
  const unordered = unorderedQueries(PROJECTS, REQUESTS);
  for (const { asked, expected } of unordered) {
    deepStrictEqual(sorted(await ask(asked)), sorted(expected), asked.query);
  }
  return ordered.length + unordered.length;
};

const sorted = (values: readonly unknown[]): readonly unknown[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

type Pages = { readonly pages: readonly { id: string }[][]; readonly continuation: string };

/** Reads everything, then goes on from the continuation and finds just what was written since. */
const pullChanges = async (submitter: LineProgram, reader: LineProgram): Promise<number> => {
  const all = answerOf(await reader.ask({ operation: "changes", pageSize: 5 })) as unknown as Pages;
  const ids = all.pages.flat().map(({ id }) => id);
  // Requests and todos have ids of their own; each project has a document called counter.
  equal(ids.length, PROJECTS * (2 * REQUESTS + 1));
  equal(new Set(ids).size, PROJECTS * 2 * REQUESTS + 1);
  const document = { id: "late", projectId: 1, type: "note" };
  await submitter.ask({ operation: "upsert", partitionKey: 1, document });
  const { continuation } = all;
  const since = answerOf(
    await reader.ask({ operation: "changes", continuation }),
  ) as unknown as Pages;
  deepStrictEqual(
    since.pages.flat().map(({ id }) => id),
    ["late"],
  );
  const ofOne = answerOf(await reader.ask({ operation: "changes", partitionKey: 3 }));
  equal((ofOne as unknown as Pages).pages.flat().length, 2 * REQUESTS + 1);
  return ids.length;
};

const beRefused = async ({ connectionString, items }: EmbeddedAccount): Promise<Figures> => {
  const submitter = startClient("submitter", connectionString);
  const reader = startClient("reader", connectionString);
  const document = { id: "a", projectId: 1, title: "first" };
  const create = { operation: "create", partitionKey: 1, document };
  answerOf(await submitter.ask(create));
  equal((await submitter.ask(create)).status, 409);
  const replace = { operation: "replace", id: "a", partitionKey: 1, document };
  const stale = await submitter.ask({
    ...replace,
    ifMatch: '"00000000-0000-0000-0000-000000000000"',
  });
  equal(stale.status, 412);
  equal((await reader.ask({ operation: "read", id: "b", partitionKey: 1 })).status, 404);
  equal((await submitter.ask({ operation: "delete", id: "b", partitionKey: 1 })).status, 404);
  const wrong = await reader.ask({ operation: "query", query: "SELECT * FRO c" });
  equal(wrong.status, 400);
  match(String(wrong.message), /SC1001/);

  const batch = await submitter.ask({
    operation: "batch",
    partitionKey: 1,
    documents: [{ id: "c", projectId: 1 }],
  });
  match(JSON.stringify(batch), /HybridRow/);
  await until("nothing of the batch", 0, async () => {
    return (await items.item("c", 1).read()).statusCode === 404;
  });
  const throttledCreates = await beThrottled(connectionString);
  await submitter.stop();
  await reader.stop();
  return { refusals: 7, throttledCreates };
};

/** With the SDK's retries a throttled create is only late; without them the caller sees 429. */
const beThrottled = (connectionString: string): Promise<number> =>
  withThrottledEndpoint(connectionString, async (endpoint) => {
    const patient = startClient("submitter", endpoint.connectionString);
    const hasty = startClient("submitter", endpoint.connectionString, { "--throttle-retries": 0 });
    const create = { operation: "create", partitionKey: 1 };
    endpoint.throttle(3);
    const late = await patient.ask({ ...create, document: { id: "late", projectId: 1 } });
    equal(answerOf(late).status, 201);
    endpoint.throttle(1);
    const refused = await hasty.ask({ ...create, document: { id: "refused", projectId: 1 } });
    equal(refused.status, 429);
    ok(Number(refused.retryAfterMs) > 0);
    await patient.stop();
    await hasty.stop();
    return 4;
  });

const answerOf = (told: Told): Readonly<Record<string, unknown>> => {
  if (told.event !== "answer") throw new Error(JSON.stringify(told, undefined, 2));
  return told.value as Readonly<Record<string, unknown>>;
};
