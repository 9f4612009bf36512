import { setTimeout as sleep } from "node:timers/promises";
import { applyFault, type Director } from "./apply-fault.ts";
import { PROBE_PROJECTS } from "./leases.ts";
import { measureHostCrash, measureServerCrash } from "./recovery.ts";
import type { Episode, Fault } from "./schedule.ts";
import { countFault } from "./tally.ts";

/** Projects whose recovery is watched after a storm. */
const WATCHED = PROBE_PROJECTS.slice(0, 4);

/** Waits until the hosts have shared the work, so that what is measured is not their first start. */
export const warmUp = async ({ prober, report }: Director): Promise<void> => {
  const isDone = await Promise.all(WATCHED.map(prober.untilDone));
  if (isDone.every(Boolean)) return;
  report({ kind: "not-recovered", who: "pipeline", message: "nothing was done in the beginning" });
};

/** Makes an episode happen, and waits until all has recovered from it. */
export const runEpisode = async (director: Director, episode: Episode): Promise<void> => {
  if (episode.kind === "host-crash") await crashHost(director, episode.pick);
  else if (episode.kind === "server-crash") await crashServer(director);
  else await storm(director, episode);
  await sleep(episode.calmMs);
};

/** Says an episode on one line. */
export const describeEpisode = (episode: Episode): string => {
  if (episode.kind === "host-crash") return "kill -9 of a function host that holds a lease";
  if (episode.kind === "server-crash") return "kill -9 of the server";
  return `storm: ${episode.faults.map(({ fault }) => describeFault(fault)).join(", ")}`;
};

const describeFault = (fault: Fault): string => {
  if (fault.kind === "full-disk") return `disk full (${fault.roomBytes} bytes left)`;
  return `${fault.kind === "link" ? fault.mode : fault.kind} ${fault.target}`;
};

const crashHost = async ({ stage, prober, tally, report }: Director, pick: number) => {
  const recovery = await measureHostCrash(stage, prober, pick);
  if (!recovery) {
    const message = "its leases were not taken over, or none was held";
    return report({ kind: "not-recovered", who: "function hosts", message });
  }
  countFault(tally, "kill");
  tally.hostRecoveries.push(recovery);
};

const crashServer = async ({ stage, prober, tally, report }: Director) => {
  const recovery = await measureServerCrash(stage, prober, WATCHED[0] ?? 1);
  if (!recovery) {
    const message = "no request was done after its crash";
    return report({ kind: "not-recovered", who: stage.server.name, message });
  }
  countFault(tally, "kill");
  tally.serverRecoveries.push(recovery);
};

const storm = async (
  director: Director,
  { faults }: Episode & { readonly kind: "storm" },
): Promise<void> => {
  const { prober, tally, report } = director;
  await Promise.all(
    faults.map(async ({ afterMs, fault }) => {
      await sleep(afterMs);
      await applyFault(director, fault);
    }),
  );
  const startedAt = performance.now();
  const isDone = await Promise.all(WATCHED.map(prober.untilDone));
  tally.stormRecoveriesMs.push(performance.now() - startedAt);
  for (const [i, project] of WATCHED.entries()) {
    if (isDone[i]) continue;
    const who = `project ${project}`;
    report({ kind: "not-recovered", who, message: "a request after a storm was not done in time" });
  }
};
