import type { Director } from "./apply-fault.ts";
import type { Finding, Report } from "./finding.ts";
import { type Judgement, judgeStage } from "./judge-stage.ts";
import { createProber } from "./probe.ts";
import { describeEpisode, runEpisode, warmUp } from "./run-episode.ts";
import { type Cast, planEpisodes } from "./schedule.ts";
import { endSubmitters, endWatchers, untilSettled } from "./settle.ts";
import { openStage, type Stage } from "./stage.ts";
import { createTally, type Tally } from "./tally.ts";

export type ChaosOptions = {
  readonly seed: number;
  /** How long things go wrong; what began goes on to its end, and settling comes on top. */
  readonly durationMs: number;
  readonly hosts: number;
  /** An empty folder for data, journals and logs. */
  readonly directory: string;
  /** Told what happens next. */
  readonly onStep: (what: string) => void;
  /** Told of what is found wrong before the journals are judged. */
  readonly onFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
};

/** What a run came to. */
export type Verdict = Judgement & {
  readonly tally: Tally;
  readonly findings: readonly Finding[];
};

const PROBER = "prober";

/**
 * Runs server, function hosts, submitters and subscribers as real processes, makes things go wrong for
 * some time, lets all settle, and judges what was promised by what is there.
 *
 * shape   undefined: it was interrupted; all processes are gone in any case
 */
export const runChaos = async (options: ChaosOptions): Promise<Verdict | undefined> => {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => {
    findings.push(finding);
    options.onFinding(finding);
  };
  const stage = await openStage({ ...options, report });
  const { signal } = options;
  try {
    const interrupted = new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined));
      if (signal.aborted) resolve(undefined);
    });
    return await Promise.race([interrupted, run(options, { stage, findings, report })]);
  } finally {
    await stage.close();
  }
};

type Started = {
  readonly stage: Stage;
  readonly findings: readonly Finding[];
  readonly report: Report;
};

const run = async (
  { onStep, seed, durationMs }: ChaosOptions,
  { stage, findings, report }: Started,
): Promise<Verdict> => {
  const prober = createProber(stage.items, stage.journalOf(PROBER));
  const tally = createTally();
  const director: Director = { stage, prober, report, tally, withoutRoom: new Set() };
  await warmUp(director);
  const endAt = performance.now() + durationMs;
  for (const episode of planEpisodes(seed, castOf(stage))) {
    if (performance.now() >= endAt) break;
    onStep(describeEpisode(episode));
    await runEpisode(director, episode);
  }
  onStep("no more faults: the submitters end, the rest settles");
  await endSubmitters(stage, report);
  tally.settledMs = await untilSettled(stage, report);
  await prober.close();
  await endWatchers(stage, report);
  onStep("a last kill -9 of the server, then the auditor and the journals");
  await stage.server.kill();
  await stage.server.start();
  tally.ownDeaths = stage.troupe.ownDeaths();
  const judgement = await judgeStage(stage, PROBER);
  return { ...judgement, tally, findings: [...findings, ...judgement.findings] };
};

const castOf = ({ server, hosts, submitters, subscribers }: Stage): Cast => ({
  server: server.name,
  hosts: hosts.map(({ name }) => name),
  clients: [...submitters, ...subscribers].map(({ name }) => name),
});
