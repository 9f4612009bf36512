import type { Container } from "@azure/cosmos";
import fc from "fast-check";
import { readTransactions } from "../../cli/audit/read-transactions.ts";
import { callDrainIn } from "../../functions/drain-project.ts";
import { projectOf } from "../../functions/project.ts";
import { ringsIn } from "../../functions/rings.ts";
import type { AuditedAccount, AuditedContainer, Body } from "./audited-container.ts";

/** What senders, hosts and Cosmos DB may do to a container. */
export type Deed =
  | { readonly kind: "create" | "replace" | "delete"; readonly project: number; readonly n: number }
  | {
      readonly kind: "drain" | "two drains at once";
      readonly project: number;
      readonly limit: number;
      readonly withFeedOrder: boolean;
    }
  | { readonly kind: "advance"; readonly seconds: number }
  | { readonly kind: "split" };

const project = fc.integer({ min: 1, max: 2 });
const n = fc.integer({ min: 1, max: 9 });
const requestDeed = (kind: "create" | "replace" | "delete") =>
  fc.record({ kind: fc.constant(kind), project, n });
const drainDeed = fc.record({
  kind: fc.constantFrom("drain" as const, "two drains at once" as const),
  project,
  limit: fc.integer({ min: 1, max: 4 }),
  withFeedOrder: fc.boolean(),
});
const others = [
  { arbitrary: drainDeed, weight: 5 },
  {
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      seconds: fc.constantFrom(1, 12, 70),
    }),
    weight: 2,
  },
  { arbitrary: fc.constant({ kind: "split" as const }), weight: 1 },
];

/** Histories in which senders only create requests, some of them twice. */
export const creatingHistory: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof({ arbitrary: requestDeed("create"), weight: 8 }, ...others),
  { minLength: 5, maxLength: 35 },
);

/** Histories in which they replace and delete requests as well, whatever has become of them. */
export const anyHistory: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    { arbitrary: requestDeed("create"), weight: 6 },
    { arbitrary: requestDeed("replace"), weight: 3 },
    { arbitrary: requestDeed("delete"), weight: 1 },
    ...others,
  ),
  { minLength: 5, maxLength: 35 },
);

export type Stage = {
  readonly account: AuditedAccount;
  readonly container: AuditedContainer;
  readonly drainName: string;
};

/** Plays a history with the deployed drain. */
export const play = async (stage: Stage, history: readonly Deed[]): Promise<void> => {
  for (const deed of history) await perform(stage, deed);
};

const perform = async (stage: Stage, deed: Deed): Promise<void> => {
  const { account, container } = stage;
  const { items } = container;
  switch (deed.kind) {
    case "create":
      return unless([409], () => items.items.create(requestOf(deed)));
    case "replace":
      return unless([], () => items.items.upsert(requestOf(deed)));
    case "delete":
      return unless([404], () => items.item(`r${deed.n}`, deed.project).delete());
    case "drain":
      return unless([], () => drain(stage, deed));
    case "two drains at once":
      // The faster one wins; a request comes between them.
      await Promise.all([
        unless([400, 449], () => drain(stage, deed)),
        unless([409], () => items.items.create(requestOf({ ...deed, n: 10 }))),
        unless([400, 449], () => drain(stage, deed)),
      ]);
      return;
    case "advance":
      return account.advanceSeconds(deed.seconds);
    case "split":
      return split(stage);
  }
};

const requestOf = ({ project: projectId, n: number }: { project: number; n: number }): Body => ({
  id: `r${number}`,
  projectId,
  type: "request",
  title: `title ${number}`,
});

type Drain = Extract<Deed, { readonly limit: number }>;

const drain = async (
  { container, drainName }: Stage,
  { project: projectId, limit, withFeedOrder }: Drain,
): Promise<void> => {
  const feedOrder = withFeedOrder ? await feedOrderOf(container.items, projectId) : [];
  await callDrainIn(container.items, drainName)(projectOf(projectId), { limit, feedOrder });
};

const feedOrderOf = async (items: Container, projectId: number): Promise<readonly string[]> => {
  const changes: unknown[] = [];
  for await (const transactions of readTransactions(items)) {
    changes.push(...transactions.flatMap(({ documents }) => documents));
  }
  const { key } = projectOf(projectId);
  return ringsIn(changes).find((ring) => ring.project.key === key)?.feedOrder ?? [];
};

const MAX_PARTITIONS = 8;

const split = ({ account: { server }, container: { id } }: Stage): void => {
  const database = server.store.catalogue.findDatabase("audited");
  const stored = database && server.store.catalogue.findContainer(database, id);
  const [first] = stored?.partitions ?? [];
  if (!stored || !first || stored.partitions.length >= MAX_PARTITIONS) return;
  server.store.split(stored, first);
};

/** Does something that may be refused with one of these statuses. */
const unless = async (statuses: readonly number[], act: () => Promise<unknown>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (!statuses.includes((error as { code?: number }).code ?? 0)) throw error;
  }
};
