import type { FinalState } from "./final-state.ts";
import type { Finding, Report } from "./finding.ts";
import type { ReadJournal } from "./journal.ts";
import { judgeOrder } from "./judge-order.ts";
import { judgeSubmissions } from "./judge-submissions.ts";
import { judgeSubscription, type Subscription } from "./judge-subscription.ts";

/** All that is known when everything has settled. */
export type Evidence = {
  readonly state: FinalState;
  /** By the name of the submitter. */
  readonly submitters: ReadonlyMap<string, ReadJournal>;
  readonly subscriptions: readonly Subscription[];
};

/** Compares the journals of all with what the container holds in the end. */
export const judge = ({ state, submitters, subscriptions }: Evidence): readonly Finding[] => {
  const findings: Finding[] = [];
  const report: Report = (finding) => void findings.push(finding);
  const journals = [
    ...submitters,
    ...subscriptions.map(({ name, journal }) => [name, journal] as const),
  ];
  for (const [who, { damaged }] of journals) {
    if (damaged > 0) report({ kind: "journal-damaged", who, message: `${damaged} lines` });
  }
  judgeSubmissions(submitters, state, report);
  judgeOrder(submitters, state, report);
  for (const subscription of subscriptions) judgeSubscription(subscription, state, report);
  return findings;
};
