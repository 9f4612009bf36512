import { isDeepStrictEqual } from "node:util";
import type { FinalState } from "./final-state.ts";
import type { Report } from "./finding.ts";
import type { ReadJournal } from "./journal.ts";

/** What one subscriber handled, and what it subscribed to. */
export type Subscription = {
  readonly name: string;
  /** undefined: all projects. */
  readonly projectId?: number;
  readonly journal: ReadJournal;
};

/**
 * Checks that a subscriber saw each todo, in order, and whatever it saw again byte for byte the same.
 *
 * shape   a new todo of a project is the one after the last; any other is one that was seen before
 */
export const judgeSubscription = (
  { name, projectId: only, journal }: Subscription,
  state: FinalState,
  report: Report,
): void => {
  const last = new Map<number, number>();
  const texts = new Map<string, string>();
  for (const line of journal.lines) {
    if (line.kind === "failed") {
      report({ kind: "subscription-failed", who: name, message: line.message });
    }
    if (line.kind !== "handled") continue;
    const { projectId, todoId, text } = line;
    const what = `todo ${todoId} of project ${projectId}`;
    const before = last.get(projectId) ?? 0;
    if (todoId > before + 1) {
      report({ kind: "todo-skipped", who: name, message: `${what} came after ${before}` });
    }
    const todo = state.todos.get(projectId)?.get(todoId);
    const first = texts.get(what) ?? text;
    texts.set(what, first);
    if (text !== first || !isDeepStrictEqual(JSON.parse(text), todo)) {
      const message = `${what} came as ${text}, before as ${first}, and is ${JSON.stringify(todo)}`;
      report({ kind: "todo-changed", who: name, message });
    }
    last.set(projectId, Math.max(before, todoId));
  }
  for (const [projectId, todos] of state.todos) {
    if (only !== undefined && projectId !== only) continue;
    const seen = last.get(projectId) ?? 0;
    const highest = [...todos.keys()].reduce((one, other) => Math.max(one, other), 0);
    if (seen >= highest) continue;
    const message = `of project ${projectId} it saw ${seen} of ${highest} todos`;
    report({ kind: "todo-unseen", who: name, message });
  }
};
