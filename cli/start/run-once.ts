import { systemWorld } from "../../client/world.ts";
import { type AuditReport, audit } from "../audit/audit.ts";
import { sayReport } from "../commands/verify.ts";
import type { Output } from "../output.ts";
import type { SubmitFileResult } from "../submit-file.ts";
import { untilReachable } from "../until-reachable.ts";
import type { LocalAzure } from "./local-azure.ts";
import { chargedBetween, readCharges } from "./read-charges.ts";
import { countDocuments, waitUntilSettled } from "./wait-until-settled.ts";

/** What `start --once` found out; `ruPerTodo` null: the server was started again, or made no todo. */
export type Summary = AuditReport & {
  readonly submitted: SubmitFileResult | null;
  readonly newTodos: number;
  readonly seconds: number;
  readonly todosPerSecond: number;
  readonly ruPerTodo: number | null;
};

/**
 * Submits, waits until every request is done or rejected, audits, and sums up.
 *
 * units   seconds: from the first submission until nothing was pending; RU per todo: all that the server
 *         charged in that time, submitting and watching included, for each new todo
 */
export const runOnce = async (
  { items, server }: LocalAzure,
  submit: () => Promise<SubmitFileResult | null>,
  output: Output,
): Promise<Summary> => {
  const { endpoint } = server.facts;
  const todosBefore = await untilReachable(() => countDocuments(items, IS_TODO));
  const chargesBefore = await readCharges(endpoint);
  const startedAtMs = systemWorld.now();
  const submitted = await submit();
  let most = 0;
  await waitUntilSettled(items, (pending) => {
    most = Math.max(most, pending);
    output.progress({ label: "pending requests ended", done: most - pending, total: most });
  });
  const seconds = (systemWorld.now() - startedAtMs) / 1000;
  const chargedRu = chargedBetween(chargesBefore, await readCharges(endpoint));
  const report = await untilReachable(() => audit(items, { complete: true }));
  const newTodos = report.todos - todosBefore;
  return {
    ...report,
    submitted,
    newTodos,
    seconds,
    todosPerSecond: newTodos / seconds,
    ruPerTodo: chargedRu === undefined || newTodos === 0 ? null : chargedRu / newTodos,
  };
};

const IS_TODO = 'c.type = "todo"';

/** Says a summary to a person. */
export const saySummary = (summary: Summary, output: Output): void => {
  const { submitted, rejected, newTodos, seconds, todosPerSecond, ruPerTodo } = summary;
  if (submitted) {
    output.say(
      `submitted   ${submitted.accepted} requests, ${submitted.alreadyAccepted} were there before, ${submitted.notTakenCount} not taken`,
    );
    for (const { line, why } of submitted.notTaken) output.say(`            line ${line}: ${why}`);
  }
  const speed = newTodos > 0 ? `, ${todosPerSecond.toFixed(0)} todos/s` : "";
  const cost = ruPerTodo === null ? "" : `, ${ruPerTodo.toFixed(1)} RU per todo`;
  output.say(`new todos   ${newTodos} in ${seconds.toFixed(1)} s${speed}${cost}`);
  for (const [reason, count] of Object.entries(rejected)) {
    output.say(`rejected    ${count} ${reason}`);
  }
  sayReport(summary, output);
};
