import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSubmitter } from "../../client/submit.ts";
import { buildApp, type Deployment, deploy } from "./deployment.ts";
import { everyAction, shortName, theRolesOf, without } from "./granted-roles.ts";

const ROLES = theRolesOf("-submitter");

let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp();
});
afterAll(() => app.remove());

const withRoles = async (roles: typeof ROLES, use: (to: Deployment) => Promise<void>) => {
  const deployment = await deploy({ roles, appDirectory: app.appDirectory });
  try {
    await use(deployment);
  } finally {
    await deployment.close();
  }
};

/** All ways of a submitter: alone, in a transaction, in bulk, and over ids that are taken. */
const submitInAllWays = async (deployment: Deployment): Promise<readonly string[]> => {
  const submitter = createSubmitter(deployment.asIdentity().items);
  const kinds: string[] = [];
  const submit = async (...requests: readonly (readonly [projectId: number, id: string])[]) => {
    const all = requests.map(([projectId, id]) =>
      submitter.submit({ projectId, id, title: `title of ${id}` }),
    );
    for (const { kind } of await Promise.all(all)) kinds.push(kind);
  };
  await submit([1, "a"]);
  await submit([1, "a"]);
  await submit([1, "b"], [1, "a"], [1, "c"]);
  await submit([2, "a"], [3, "a"], [4, "a"]);
  await submitter.close();
  return kinds;
};

test("a submitter submits with what it is granted", () =>
  withRoles(ROLES, async (deployment) => {
    const kinds = await submitInAllWays(deployment);
    expect(kinds.filter((kind) => kind === "accepted")).toHaveLength(6);
    expect(kinds.filter((kind) => kind === "already-accepted")).toHaveLength(2);
    expect(deployment.tokensAskedFor()).toEqual([
      deployment.settings.account.endpoint.slice(0, -1),
    ]);
  }));

describe("one action less, and the submitter says which", () => {
  test.each(everyAction(ROLES).map((action) => [shortName(action), action] as const))(
    "%s",
    (_title, action) =>
      withRoles(without(ROLES, action), async (deployment) => {
        const failure = await submitInAllWays(deployment).catch((error: Error) => error.message);
        expect(failure).toContain(action.action);
        expect(failure).toContain(deployment.principalId);
      }),
  );
});
