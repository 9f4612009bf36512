import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { createChangeFeedProcessor } from "../../client/change-feed-processor.ts";
import { subscribe } from "../../client/subscribe.ts";
import { runAsIdentity } from "./command-of-identity.ts";
import { type Deployment, leaseWrites, type Opened } from "./deployment.ts";
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
    await processChanges(deployment, opened);
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

/** From the first lease over some renewals to its release. */
const processChanges = async (deployment: Deployment, { items, leases }: Opened): Promise<void> => {
  const ids: unknown[] = [];
  const errors: unknown[] = [];
  const processor = createChangeFeedProcessor({
    items,
    leases,
    accountEndpoint: deployment.settings.account.endpoint,
    startFrom: "beginning",
    leaseRenewIntervalMs: 100,
    leaseExpirationIntervalMs: 2_000,
    leaseAcquireIntervalMs: 100,
    feedPollDelayMs: 20,
    handler: async (changes) => {
      ids.push(...changes.map(({ id }) => id));
    },
    events: { onError: (error) => errors.push(error) },
  });
  await processor.start();
  try {
    while (errors.length === 0 && (ids.length < 10 || leaseWrites(deployment) < 5)) await sleep(10);
  } finally {
    await processor.stop();
  }
  if (errors.length > 0) throw errors[0];
};
