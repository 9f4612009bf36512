import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageApp } from "../../../infra/deploy/package.ts";
import { unpack } from "../../package/read-zip.ts";
import { cosmosBatch, timerRing } from "../../worker/rpc.ts";
import { startWorker, type Worker } from "../../worker/worker.ts";
import { audit } from "../audit.ts";
import { type EmbeddedAccount, withEmbeddedAccount } from "../embedded-account.ts";
import { type Figures, type Scenario, until } from "../scenario.ts";
import { finish, PARTITIONS, REPEAT_MS, ringWhile, STEPS, writeRequests } from "./doorbell.ts";

const KILL_AFTER_RINGS = 3;
/** A worker takes a moment to start; one that is always killed before that would never work. */
const MAX_KILLS = 4;
const LIMIT_MS = 60_000;
/** As in the schedule of the function. */
const SWEEP_EVERY_MS = 5_000;

/** The trigger's own engine before the very package that is deployed, in what plays its worker. */
export const packagedApp: Scenario = {
  title: "the packaged app that .NET rings, in a worker that is killed, makes every todo once",
  run: (progress) =>
    withEmbeddedAccount(PARTITIONS, (account) =>
      withWorkers(account, async (workers) => {
        let rings = 0;
        let killed = 0;
        const processRequests = async (changes: readonly unknown[]): Promise<void> => {
          const worker = await workers.current();
          const ended = worker.invoke("processRequests", cosmosBatch(changes as readonly object[]));
          rings += 1;
          if (rings % KILL_AFTER_RINGS === 0 && killed < MAX_KILLS) {
            killed += 1;
            workers.replace();
          }
          const end = await ended;
          if (end.status !== "Success")
            throw new Error(`A ring of the .NET processor: ${end.status}`);
        };
        const pipeline = { account, processRequests };
        const fateOf = () => "handled" as const;
        return ringWhile({ ...pipeline, fateOf, repeatMs: REPEAT_MS }, async (doorbell) => {
          progress("requests come in, the worker is killed in the middle of batches");
          await writeRequests(account.items, 0, STEPS);
          progress("the sweep finishes what a killed worker had still in hand");
          let sweptAtMs = 0;
          await until("no pending requests", LIMIT_MS, async () => {
            if (performance.now() - sweptAtMs > SWEEP_EVERY_MS) {
              sweptAtMs = performance.now();
              await (await workers.current()).invoke("sweep", timerRing());
            }
            return (await audit(account.items)).pending === 0;
          });
          const figures: Figures = await finish(pipeline, doorbell);
          if (killed === 0) throw new Error("No worker was killed.");
          return { ...figures, killedWorkers: killed };
        });
      }),
    ),
};

type Workers = {
  readonly current: () => Promise<Worker>;
  /** Kills the current one, with all that it does, and starts the next. */
  readonly replace: () => void;
};

const withWorkers = async <A>(
  { connectionString, items }: EmbeddedAccount,
  use: (workers: Workers) => Promise<A>,
): Promise<A> => {
  const built = mkdtempSync(join(tmpdir(), "packaged-"));
  const { zipFile, drain } = await packageApp(built);
  await items.scripts.storedProcedures.create({ id: drain.name, body: drain.body });
  const { directory, remove } = unpack(readFileSync(zipFile));
  const start = () => startWorker({ directory, environment: { COSMOS: connectionString } });
  let worker = start();
  try {
    return await use({
      current: () => worker,
      replace: () => {
        worker = worker.then((old) => old.kill("SIGKILL")).then(start);
      },
    });
  } finally {
    await worker.then((last) => last.kill("SIGKILL"));
    remove();
    rmSync(built, { recursive: true });
  }
};
