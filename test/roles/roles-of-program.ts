import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RoleAssignment } from "../../local/cosmos/access/principal.ts";
import { buildApp, type Deployment, deploy } from "./deployment.ts";
import { everyAction, shortName, without } from "./granted-roles.ts";

export type Program = {
  /** As in a title: "a submitter". */
  readonly name: string;
  readonly roles: readonly RoleAssignment[];
  /** Goes all ways that the program has; rejects with what its user reads. */
  readonly run: (deployment: Deployment) => Promise<void>;
};

/**
 * Runs a program with exactly what it is granted, and with each action less.
 *
 * An action that it can do without fails here: the role grants too much, or `run` misses a way.
 */
export const rolesOfProgram = ({ name, roles, run }: Program): void => {
  let app: Awaited<ReturnType<typeof buildApp>>;
  beforeAll(async () => {
    app = await buildApp();
  });
  afterAll(() => app.remove());

  const runWith = async (given: readonly RoleAssignment[]): Promise<Failure | undefined> => {
    const deployment = await deploy({ roles: given, appDirectory: app.appDirectory });
    const { principalId, close } = deployment;
    try {
      await run(deployment);
      return undefined;
    } catch (error) {
      return { principalId, message: error instanceof Error ? error.message : String(error) };
    } finally {
      await close();
    }
  };

  test(`${name} works with what it is granted`, async () => {
    expect(await runWith(roles)).toBeUndefined();
  });

  test(`${name} is granted nothing twice`, () => {
    const granted = roles.reduce((count, { dataActions }) => count + dataActions.length, 0);
    expect(granted).toBe(everyAction(roles).length);
  });

  describe(`${name} with one action less says which`, () => {
    test.each(everyAction(roles).map((action) => [shortName(action), action] as const))(
      "%s",
      async (_title, action) => {
        const failure = await runWith(without(roles, action));
        const { principalId = "nobody", message = "It worked all the same." } = failure ?? {};
        expect(message).toContain(action.action);
        expect(message).toContain(principalId);
        expect(message).toContain(action.scope.slice(1));
      },
    );
  });
};

type Failure = { readonly principalId: string; readonly message: string };
