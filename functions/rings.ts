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
    const { id, projectId, _ts, _lsn, _rid } = change as typeof change & Fields;
    const project = projectOf(projectId);
    const seen = requests.get(project.key) ?? { project, shown: [] };
    const insertion = insertionNumber(String(_rid));
    seen.shown.push({ id, second: _ts, transaction: _lsn, insertion });
    requests.set(project.key, seen);
  }
  return [...requests.values()].map(({ project, shown }) => ({
    project,
    feedOrder: feedOrderOf(shown),
  }));
};

type Fields = {
  readonly projectId?: unknown;
  readonly _ts?: unknown;
  readonly _lsn?: unknown;
  readonly _rid?: unknown;
};

type Shown = {
  readonly id: string;
  readonly second: unknown;
  readonly transaction: unknown;
  readonly insertion: string;
};

/** The ids in feed order, or none where that is the order of insertion anyway. */
const feedOrderOf = (shown: readonly Shown[]): readonly string[] => {
  const ordered = withinTransactionsByInsertion(shown);
  return isInInsertionOrder(ordered) ? [] : ordered.map(({ id }) => id);
};

/** The feed shows the documents of one transaction in any order; it means nothing. */
const withinTransactionsByInsertion = (shown: readonly Shown[]): readonly Shown[] => {
  const transactions: Shown[][] = [];
  for (const one of shown) {
    const last = transactions.at(-1);
    const isSame = one.transaction !== undefined && last?.[0]?.transaction === one.transaction;
    if (last && isSame) last.push(one);
    else transactions.push([one]);
  }
  return transactions.flatMap((together) =>
    together.length === 1
      ? together
      : together.sort((a, b) => (a.insertion < b.insertion ? -1 : 1)),
  );
};

/** Within each second: if not, a request was replaced while it was pending. */
const isInInsertionOrder = (shown: readonly Shown[]): boolean => {
  const newest = new Map<unknown, string>();
  return shown.every(({ second, insertion }) => {
    if (insertion < (newest.get(second) ?? "")) return false;
    newest.set(second, insertion);
    return true;
  });
};
