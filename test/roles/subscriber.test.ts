import { expect } from "vitest";
import { createChangeFeedProcessor } from "../../client/change-feed-processor.ts";
import { explainMissingPermission } from "../../client/missing-permission.ts";
import { subscribe } from "../../client/subscribe.ts";
import { runAsIdentity } from "./command-of-identity.ts";
import type { Opened } from "./deployment.ts";
import { theRolesOf } from "./granted-roles.ts";
import { rolesOfProgram } from "./roles-of-program.ts";
import { writeProject } from "./written-project.ts";

rolesOfProgram({
  name: "a subscriber",
  roles: theRolesOf("-subscriber"),
  run: async (deployment) => {
    await writeProject(deployment.owner.items, 1);
    await writeProject(deployment.owner.items, 2);
    const opened = deployment.asIdentity();
    await followTodos(opened);
    await processChanges(opened, deployment.settings.account.endpoint);
    const events = await runAsIdentity(deployment, ["todos", "--project", "1"]);
    expect(events.map(({ todoId }) => todoId)).toEqual([1, 2]);
  },
});

/** All projects, then one, then on from a continuation. */
const followTodos = async ({ items }: Opened): Promise<void> => {
  const take = async (count: number, options: Parameters<typeof subscribe>[1]) => {
    const received = [];
    for await (const each of subscribe(items, options)) {
      received.push(each);
      if (received.length === count) break;
    }
    return received;
  };
  expect(await take(4, {})).toHaveLength(4);
  const [first] = await take(1, { projectId: 2 });
  const [second] = await take(1, { projectId: 2, continuation: first!.continuation });
  expect(second?.todo.todoId).toBe(2);
};

/** From the first lease to its release, with a renewal. */
const processChanges = async ({ items, leases }: Opened, accountEndpoint: string) => {
  const ids: unknown[] = [];
  const renewed = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  const processor = createChangeFeedProcessor({
    items,
    leases,
    accountEndpoint,
    instanceName: "subscriber",
    startFrom: "beginning",
    leaseRenewIntervalMs: 100,
    leaseExpirationIntervalMs: 2_000,
    leaseAcquireIntervalMs: 100,
    feedPollDelayMs: 20,
    handler: async (changes) => {
      ids.push(...changes.map(({ id }) => id));
    },
    events: {
      onError: (error) => failed.reject(new Error(explainMissingPermission(error) ?? `${error}`)),
    },
  });
  failed.promise.catch(() => undefined);
  await processor.start();
  try {
    const watching = (async () => {
      const timestamps = new Set<unknown>();
      while (ids.length < 10 || timestamps.size < 4) {
        const { resources } = await leases.items
          .query<{ timestamp?: string }>("SELECT * FROM c WHERE IS_DEFINED(c.Owner)")
          .fetchAll();
        for (const { timestamp } of resources) timestamps.add(timestamp);
      }
    })();
    await Promise.race([watching, failed.promise]);
    renewed.resolve();
  } finally {
    await processor.stop();
  }
};
