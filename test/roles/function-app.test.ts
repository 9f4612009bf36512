import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { startFunctionHost } from "../../local/host/function-host.ts";
import { type Deployment, leaseWrites } from "./deployment.ts";
import { everyAction, type GrantedRoles, rolesOf } from "./granted-roles.ts";
import { rolesOfProgram } from "./roles-of-program.ts";

/** Where the HTTP API is on, the app may also submit. */
const isHttpOn = ({ roles }: GrantedRoles): boolean =>
  everyAction(roles).some(
    ({ scope, action }) => scope.endsWith("/colls/items") && action.endsWith("/items/create"),
  );

describe.each(
  rolesOf("-processor-").map((granted) => [granted.environments.join(", "), granted] as const),
)("%s", (_environments, granted) => {
  rolesOfProgram({
    name: "the function app",
    roles: granted.roles,
    run: (deployment) =>
      runApp(deployment, async (app) => {
        await insertRequest(app, "r0");
        await waitForTodo(app, "r0");
        await waitFor(app, "the sweep", () => app.deployment.seen.some((each) => SWEEP.test(each)));
        if (isHttpOn(granted)) await useHttpApi(app);
        await waitFor(app, "a renewed lease", () => leaseWrites(app.deployment) > 2);
      }),
  });
});

/** It alone queries, as long as nobody asks the HTTP API for todos. */
const SWEEP = /^POST \/dbs\/todos\/colls\/items\/docs query 200$/;

type App = {
  readonly deployment: Deployment;
  readonly url: string;
  /** The first line of the log that says what the identity lacks. */
  readonly complaint: () => string | undefined;
};

/** The built app, unchanged, in the local host: it finds its identity as in Azure. */
const runApp = async (deployment: Deployment, use: (app: App) => Promise<void>): Promise<void> => {
  const lines: string[] = [];
  const host = await startFunctionHost({
    appDirectory: deployment.appDirectory,
    settings: deployment.environment,
    port: 0,
    write: (line) => lines.push(line),
  });
  const complaint = () => lines.find((line) => /lacks the data action/.test(line));
  try {
    await use({ deployment, url: host.url, complaint });
  } finally {
    await host.close();
  }
};

/** Waits for something that happens, unless the log complains before. */
const waitFor = async (
  { complaint }: App,
  what: string,
  isThere: () => boolean | Promise<boolean>,
): Promise<void> => {
  for (let waits = 0; !(await isThere()); waits += 1) {
    const line = complaint();
    if (line !== undefined) throw new Error(line);
    if (waits > MAX_WAITS) throw new Error(`There was not ${what}, and the log does not say why.`);
    await sleep(WAIT_MS);
  }
};

const WAIT_MS = 20;
const MAX_WAITS = 2_000;

const insertRequest = async ({ deployment }: App, id: string): Promise<void> => {
  await deployment.owner.items.items.create({ id, projectId: 1, type: "request", title: "t" });
};

const useHttpApi = async (app: App): Promise<void> => {
  const answer = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${app.url}/api/projects/1/${path}`, init);
    const line = app.complaint();
    if (response.status >= 500 && line !== undefined) throw new Error(line);
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const submit = async (title: string) => {
    const body = JSON.stringify({ id: "r1", title });
    return (await answer("requests", { method: "POST", body })).status;
  };
  expect(await submit("t")).toBe(202);
  expect(await submit("t")).toBe(202);
  expect(await submit("other")).toBe(409);
  await waitFor(app, "a number", async () => (await answer("requests/r1")).body.todoId === 2);
  expect((await answer("todos")).body.todos).toHaveLength(2);
};

type Answer = { readonly todoId?: number; readonly todos?: readonly unknown[] };

const waitForTodo = (app: App, id: string): Promise<void> =>
  waitFor(app, "a todo", async () => {
    const { items } = app.deployment.owner;
    return (await items.item(`todo:${id}`, 1).read()).resource !== undefined;
  });
