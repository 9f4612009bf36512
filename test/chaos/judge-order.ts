import { type FinalState, keyOf } from "./final-state.ts";
import type { Report } from "./finding.ts";
import type { Answer, ReadJournal } from "./journal.ts";

/**
 * Finds requests that were overtaken: who asks for one after the answer to another must not get the
 * lower number in the same project (I4).
 *
 * shape   compares within each journal, where the order of the lines is the order of time. An id that
 *         was asked for before counts from its first time on
 */
export const judgeOrder = (
  journals: ReadonlyMap<string, ReadJournal>,
  state: FinalState,
  report: Report,
): void => {
  for (const { lines } of journals.values()) {
    const numberOf = new Map<string, Numbered>();
    const known = new Set<string>();
    const highest = new Map<unknown, Numbered>();
    for (const line of lines) {
      if (line.kind === "asked") {
        const key = keyOf(line.projectId, line.id);
        const todoId = state.requests.get(key)?.todoId;
        if (typeof todoId !== "number") continue;
        const asked = { key, todoId, projectId: line.projectId };
        numberOf.set(line.ask, asked);
        const before = highest.get(line.projectId);
        if (!known.has(key) && before && todoId < before.todoId) {
          const message = `it has number ${todoId}, and ${before.key} has ${before.todoId}`;
          report({ kind: "overtaken", who: key, message });
        }
        known.add(key);
      } else if (line.kind === "answered" && ACKNOWLEDGED.has(line.answer)) {
        const answered = numberOf.get(line.ask);
        if (!answered) continue;
        const before = highest.get(answered.projectId);
        if (answered.todoId > (before?.todoId ?? 0)) highest.set(answered.projectId, answered);
      }
    }
  }
};

type Numbered = { readonly key: string; readonly todoId: number; readonly projectId: unknown };

const ACKNOWLEDGED: ReadonlySet<Answer> = new Set(["created", "kept", "taken"]);
