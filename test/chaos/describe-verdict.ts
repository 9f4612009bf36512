import { availableParallelism, loadavg } from "node:os";
import { describeViolation } from "../../cli/audit/violation.ts";
import { describeFinding } from "./finding.ts";
import type { Verdict } from "./run-chaos.ts";

/** Was nothing lost, is no invariant broken, and has all recovered? */
export const isGood = ({ audit, findings }: Verdict): boolean =>
  audit.violationCount === 0 && findings.length === 0;

const MAX_LISTED = 50;
const HOST_TARGET_MS = 15_000;
const SERVER_TARGET_MS = 2_000;

/** Says a verdict to a person: what is wrong first, then the figures. */
export const describeVerdict = (verdict: Verdict): string => {
  const { audit, findings, tally, asked, answers } = verdict;
  const wrong = [...audit.violations.map(describeViolation), ...findings.map(describeFinding)];
  const { kill = 0, ...others } = tally.faults;
  const othersCount = Object.values(others).reduce((sum, count) => sum + count, 0);
  const { created, kept, taken, refused, denied, unknown } = answers;
  const rejected = Object.values(audit.rejected).reduce((sum, count) => sum + count, 0);
  return [
    ...wrong.slice(0, MAX_LISTED),
    `requests    ${asked} asked for: ${created} got 201, ${kept} were accepted, ${taken} got 409, ${refused} were refused, ${denied} given up without effect, ${unknown} never knew`,
    `outcome     ${audit.todos} todos, ${rejected} rejected, ${audit.pending} pending; subscribers handled ${verdict.handled}`,
    `kills       ${kill} by kill -9, and ${tally.ownDeaths} between handling and storing a continuation`,
    `faults      ${othersCount}: ${describeCounts(others)}; ${tally.refusedForWantOfRoom} writes refused for want of room`,
    ...describeRecoveries(verdict),
    `machine     ${availableParallelism()} processors, ${loadavg()[1]?.toFixed(1)} processes on them in the last five minutes`,
    `violations  ${audit.violationCount} by the auditor, ${findings.length} by the journals`,
    isGood(verdict) ? "nothing was lost" : "SOMETHING IS WRONG",
  ].join("\n");
};

const describeRecoveries = ({ tally }: Verdict): readonly string[] => {
  const { hostRecoveries: hosts, serverRecoveries: servers, stormRecoveriesMs } = tally;
  const doneMs = longest(hosts.map((each) => each.doneMs));
  const takenMs = longest(hosts.map((each) => each.leasesTakenMs));
  const answerMs = longest(servers.map((each) => each.answerMs));
  const replayMs = longest(servers.map((each) => each.replayMs));
  const logMiB = longest(servers.map((each) => each.logBytes)) / 1024 / 1024;
  const againMs = longest(servers.map((each) => each.doneMs));
  const startMs = longest(servers.map((each) => each.answerMs - each.replayMs));
  return [
    `recovery    longest after kill -9 of a function host: a request of its lease is done after ${seconds(doneMs)}, all its leases are taken over after ${seconds(takenMs)}${against(hosts.length, Math.max(doneMs, takenMs), HOST_TARGET_MS)}`,
    `            longest after kill -9 of the server: its new process answers after ${seconds(answerMs)}, a new request is done after ${seconds(againMs)}; a copy of its data, with a log of up to ${logMiB.toFixed(1)} MiB, opens in ${seconds(replayMs)}${against(servers.length, startMs, SERVER_TARGET_MS)}`,
    `            longest after a storm: ${seconds(longest(stormRecoveriesMs))} (${stormRecoveriesMs.length} storms); all settled in the end after ${seconds(tally.settledMs)}`,
  ];
};

const longest = (all: readonly number[]): number => all.reduce((a, b) => Math.max(a, b), 0);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const against = (measured: number, ms: number, targetMs: number): string => {
  if (measured === 0) return " (not measured)";
  const isMet = ms <= targetMs;
  return ` (${measured} measured, target ${targetMs / 1000} s ${isMet ? "met" : "MISSED"})`;
};

const describeCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
