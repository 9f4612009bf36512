import { type AuditReport, audit } from "../../cli/audit/audit.ts";
import { untilReachable } from "../../cli/until-reachable.ts";
import { readFinalState } from "./final-state.ts";
import type { Finding } from "./finding.ts";
import { type Answer, type ReadJournal, readJournal } from "./journal.ts";
import { judge } from "./judge.ts";
import type { Stage } from "./stage.ts";

/** What auditor and judge say. */
export type Judgement = {
  readonly audit: AuditReport;
  readonly findings: readonly Finding[];
  readonly asked: number;
  readonly answers: Readonly<Record<Answer, number>>;
  /** Todos that subscribers handled, those that came twice included. */
  readonly handled: number;
};

/** Reads container and journals of a stage that has settled, and judges them. */
export const judgeStage = async (stage: Stage, prober: string): Promise<Judgement> => {
  const read = (name: string) => readJournal(stage.journalOf(name));
  const names = [...stage.submitters.map(({ name }) => name), prober];
  const submitters = new Map(names.map((name) => [name, read(name)]));
  const subscriptions = stage.subscribers.map(({ name, projectId }) => ({
    name,
    journal: read(name),
    ...(projectId === undefined ? {} : { projectId }),
  }));
  const state = await untilReachable(() => readFinalState(stage.items));
  return {
    audit: await untilReachable(() => audit(stage.items, { complete: true })),
    findings: judge({ state, submitters, subscriptions }),
    ...countAnswers([...submitters.values()]),
    handled: subscriptions.reduce((sum, { journal }) => sum + journal.lines.length, 0),
  };
};

const countAnswers = (journals: readonly ReadJournal[]) => {
  const answers = { created: 0, kept: 0, taken: 0, refused: 0, denied: 0, unknown: 0 };
  let asked = 0;
  for (const { lines } of journals) {
    for (const line of lines) {
      if (line.kind === "asked") asked += 1;
      if (line.kind === "answered") answers[line.answer] += 1;
    }
  }
  const answered = Object.values(answers).reduce((sum, count) => sum + count, 0);
  // Who was killed before an answer came does not know either.
  return { asked, answers: { ...answers, unknown: answers.unknown + asked - answered } };
};
