import { afterAll, beforeAll, type ExpectStatic, test } from "vitest";
import { audit } from "../../cli/audit/audit.ts";
import { waitUntilSettled } from "../../cli/start/wait-until-settled.ts";
import { todosOf } from "../cli/read-todos.ts";
import { type Account, startAccount } from "./account.ts";
import { type Host, startHost } from "./host.ts";
import { type LoadResult, startLoad } from "./load.ts";
import { buildTwoVersions, type TwoVersions, type Version } from "./two-versions.ts";

/** Only so that a hang ends: the leases of a killed host rest for ten seconds, a machine may be slow. */
const PATIENCE_MS = 240_000;

let versions: TwoVersions;
beforeAll(async () => {
  versions = await buildTwoVersions();
}, PATIENCE_MS);
afterAll(() => versions.remove());

test.concurrent.for([
  { old: "SIGTERM", new: "SIGKILL" },
  { old: "SIGKILL", new: "SIGTERM" },
] as const)(
  "rolled out under load (old app: $old) and rolled back (new app: $new), nothing is refused or lost",
  { timeout: PATIENCE_MS },
  async (endedBy, { expect, onTestFinished }) => {
    const account = await startAccount();
    onTestFinished(account.close);
    const stage = createStage(account, onTestFinished);
    expect(versions.old.drainName).not.toBe(versions.new.drainName);

    await account.deployDrain(versions.old);
    const before = await stage.start(versions.old);
    const load = startLoad(account.items, stage.addresses);
    await executedSince(account, 0, versions.old);

    await account.deployDrain(versions.new);
    const after = await stage.start(versions.new);
    await executedSince(account, account.calls.length, versions.old, versions.new);
    expect(await before.end(endedBy.old)).toBe(ENDS[endedBy.old]);
    await untilOnly(account, versions.new);

    // The old drain was never taken away, so the way back is to start the old app.
    await stage.start(versions.old);
    expect(await after.end(endedBy.new)).toBe(ENDS[endedBy.new]);
    await untilOnly(account, versions.old);

    await expectAllDone(expect, account, await load.stop());
    expect(new Set(await account.drainNames())).toEqual(drainNames(versions.old, versions.new));
    expect(projectsOfBoth(account).length).toBeGreaterThan(0);
  },
);

const ENDS = { SIGTERM: "exit code 0", SIGKILL: "SIGKILL" };

test.concurrent("a new app before its drain says what is missing, and loses nothing: requests wait for the drain", {
  timeout: PATIENCE_MS,
}, async ({ expect, onTestFinished }) => {
  const account = await startAccount();
  onTestFinished(account.close);
  const stage = createStage(account, onTestFinished);

  await account.deployDrain(versions.old);
  const tooEarly = await stage.start(versions.new);
  const load = startLoad(account.items, stage.addresses);
  const complaint = await untilFound(() =>
    tooEarly.lines.find((line) => line.includes("deploy dist/drain.js")),
  );
  expect(complaint).toContain(versions.new.drainName);
  // Senders with the SDK are served all the time; HTTP callers get a 5xx and come again.
  await untilFound(() => load.count() > 50 || undefined);
  expect(account.calls).toEqual([]);
  const waiting = await audit(account.items);
  expect(waiting).toMatchObject({ done: 0, todos: 0, violations: [] });
  expect(waiting.pending).toBeGreaterThan(50);

  await account.deployDrain(versions.new);
  await executedSince(account, 0, versions.new);
  await expectAllDone(expect, account, await load.stop());
  expect(drainsIn(account, 0)).toEqual(new Set([versions.new.drainName]));
});

type OnTestFinished = (cleanUp: () => Promise<void>) => void;

/** The hosts of one test; callers know the addresses of all that ever ran. */
const createStage = (account: Account, onTestFinished: OnTestFinished) => {
  const hosts: Host[] = [];
  return {
    addresses: () => hosts.map(({ url }) => url),
    start: async (version: Version): Promise<Host> => {
      const host = await startHost(version, account.connectionString);
      onTestFinished(async () => void (await host.end("SIGKILL")));
      hosts.push(host);
      return host;
    },
  };
};

/** Waits until each of the versions' drains has been executed after so many calls. */
const executedSince = async (account: Account, start: number, ...expected: readonly Version[]) => {
  await untilFound(() => {
    const executed = drainsIn(account, start);
    return expected.every(({ drainName }) => executed.has(drainName)) || undefined;
  });
};

/** Waits until this version alone executes; what a killed host had sent may still end before. */
const untilOnly = async (account: Account, version: Version): Promise<void> => {
  for (;;) {
    const start = account.calls.length;
    await executedSince(account, start, version);
    if (drainsIn(account, start).size === 1) return;
  }
};

const drainsIn = ({ calls }: Account, start: number): ReadonlySet<string> =>
  new Set(calls.slice(start).map(({ drain }) => drain));

const drainNames = (...deployed: readonly Version[]): ReadonlySet<string> =>
  new Set(deployed.map(({ drainName }) => drainName));

/** Projects on whose counter both drains worked. */
const projectsOfBoth = ({ calls }: Account): readonly string[] => {
  const drains = Map.groupBy(calls, ({ project }) => project);
  return [...drains].flatMap(([project, its]) =>
    new Set(its.map(({ drain }) => drain)).size === 2 ? [project] : [],
  );
};

/** Every accepted request became a todo, in the order in which its sender sent them. */
const expectAllDone = async (expect: ExpectStatic, account: Account, loaded: LoadResult) => {
  expect(loaded.refused).toEqual([]);
  await waitUntilSettled(account.items, () => undefined);
  const report = await audit(account.items, { complete: true });
  expect(report).toMatchObject({ violations: [], pending: 0, done: countOf(loaded) });
  expect(await todosOf(account.client)).toEqual(loaded.accepted);
};

const countOf = ({ accepted }: LoadResult): number =>
  [...accepted.values()].reduce((sum, titles) => sum + titles.length, 0);

const untilFound = async <A>(look: () => A | undefined): Promise<A> => {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
