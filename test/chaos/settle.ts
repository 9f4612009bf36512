import { setTimeout as sleep } from "node:timers/promises";
import { countDocuments } from "../../cli/start/wait-until-settled.ts";
import { untilReachable } from "../../cli/until-reachable.ts";
import { PENDING_REQUEST_SQL } from "../../domain/request-document.ts";
import type { Child } from "./child.ts";
import { readFinalState } from "./final-state.ts";
import type { Finding, Report } from "./finding.ts";
import { readJournal } from "./journal.ts";
import { judgeSubscription } from "./judge-subscription.ts";
import type { Stage } from "./stage.ts";

/** Longer than any answer takes that a submitter may still wait for. */
const END_WITHIN_MS = 60_000;
/** A connection that went dead is given up after a minute by the SDK. */
const SETTLE_WITHIN_MS = 150_000;
const LOOK_EVERY_MS = 250;

/** Lets the submitters wait for their last answers, and ends them. */
export const endSubmitters = ({ submitters }: Stage, report: Report): Promise<void> =>
  endAll(submitters, report);

/**
 * Waits until no request is pending.
 *
 * shape   answers how many milliseconds that took
 */
export const untilSettled = async ({ items }: Stage, report: Report): Promise<number> => {
  const startedAt = performance.now();
  for (;;) {
    const pending = await untilReachable(() => countDocuments(items, PENDING_REQUEST_SQL));
    const tookMs = performance.now() - startedAt;
    if (pending === 0) return tookMs;
    if (tookMs > SETTLE_WITHIN_MS) {
      report({
        kind: "not-recovered",
        who: "pipeline",
        message: `${pending} requests are pending`,
      });
      return tookMs;
    }
    await sleep(LOOK_EVERY_MS);
  }
};

/** Waits until the subscribers have seen everything, and ends them and the function hosts. */
export const endWatchers = async (stage: Stage, report: Report): Promise<void> => {
  const { subscribers, hosts, journalOf } = stage;
  const state = await readFinalState(stage.items);
  const isBehind = (): boolean =>
    subscribers.some(({ name, ...scope }) => {
      const findings: Finding[] = [];
      const subscription = { name, ...scope, journal: readJournal(journalOf(name)) };
      judgeSubscription(subscription, state, (finding) => void findings.push(finding));
      return findings.some(({ kind }) => kind === "todo-unseen");
    });
  const giveUpAt = performance.now() + SETTLE_WITHIN_MS;
  while (isBehind() && performance.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
  await endAll([...subscribers, ...hosts], report);
};

const endAll = async (children: readonly Child<object>[], report: Report): Promise<void> => {
  await Promise.all(
    children.map(async (child) => {
      if (await child.stop(END_WITHIN_MS)) return;
      const message = `it was still there after ${END_WITHIN_MS} ms`;
      report({ kind: "would-not-end", who: child.name, message });
    }),
  );
};
