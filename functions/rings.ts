import { insertionNumber } from "../domain/insertion-number.ts";
import { isPendingRequest } from "../domain/request-document.ts";
import { type Project, projectOf } from "./project.ts";

/** What the doorbell tells: this project has pending requests. */
export type Ring = {
  readonly project: Project;
  /** See DrainOptions. */
  readonly feedOrder: readonly string[];
};

/**
 * Takes from a batch of changes which projects have pending requests.
 *
 * shape   one ring for each project; everything else, above all the echo of our own writes, is
 *         passed over at the cost of comparing two fields
 */
export const ringsIn = (changes: readonly unknown[]): readonly Ring[] => {
  const requests = new Map<string, { project: Project; shown: Shown[] }>();
  for (const change of changes) {
    if (!isPendingRequest(change)) continue;
    const { id, projectId, _ts, _rid } = change as typeof change & Fields;
    const project = projectOf(projectId);
    const seen = requests.get(project.key) ?? { project, shown: [] };
    seen.shown.push({ id, second: _ts, rid: _rid });
    requests.set(project.key, seen);
  }
  return [...requests.values()].map(({ project, shown }) => ({
    project,
    feedOrder: isInInsertionOrder(shown) ? [] : shown.map(({ id }) => id),
  }));
};

type Fields = {
  readonly projectId?: unknown;
  readonly _ts?: unknown;
  readonly _rid?: unknown;
};

type Shown = { readonly id: string; readonly second: unknown; readonly rid: unknown };

/** Within each second: if not, a request was replaced while it was pending. */
const isInInsertionOrder = (shown: readonly Shown[]): boolean => {
  const newest = new Map<unknown, string>();
  return shown.every(({ second, rid }) => {
    const insertion = insertionNumber(String(rid));
    if (insertion < (newest.get(second) ?? "")) return false;
    newest.set(second, insertion);
    return true;
  });
};
