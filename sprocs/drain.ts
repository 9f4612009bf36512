import * as E from "fp-ts/lib/Either.js";
import { describeErrors } from "../domain/describe-errors.ts";
import { DrainOptions, type DrainResult } from "../domain/drain-contract.ts";
import { decodeRequest } from "../domain/request-document.ts";
import { failure, insist } from "./failure.ts";
import { findCounter, type Numbering, saveCounter } from "./project-counter.ts";
import { readPending } from "./read-pending.ts";
import type { Collection, ScriptContext } from "./script-api.ts";
import { type Pending, settleRequest } from "./settle-request.ts";

declare const getContext: () => ScriptContext;

/**
 * The drain begins no further request after this time.
 *
 * source  Cosmos DB ends a script after 5 s and refuses operations shortly before that; a drain
 *         that is refused the write of its counter has worked for nothing
 */
const TIME_LIMIT_MS = 2000;

/**
 * The drain begins no further request after having settled this many characters of documents.
 *
 * source  The change feed never splits a transaction over pages, and a page takes 4 MB: a larger
 *         transaction stops the feed of its physical partition (azure-functions-host#2259). These
 *         are at most 1.5 MB of UTF-8, and the last request may add 2 MB.
 */
const MAX_CHARACTERS = 500_000;

/**
 * Settles the oldest pending requests of one project in commit order, in one transaction.
 *
 * The counter is written once, after the last request. If Cosmos DB does not even accept that, the
 * numbers given out would be lost: the drain throws, all of the call rolls back, and the caller
 * comes again with a smaller limit.
 *
 * shape   answers a DrainResult; works on the partition that it is called for, whatever its key
 * errors  see DrainFailure; nothing of the call remains
 * source  ARCHITECTURE.md, the way of one request
 */
export const drain = (given: unknown): void => {
  const startedAtMs = Date.now();
  const { limit, feedOrder } = decodeOptions(given);
  const context = getContext();
  const collection = context.getCollection();
  const isAccepted = readPending(collection, { limit, feedOrder }, (found) => {
    const batch = found
      .slice(0, limit)
      .map((document): Pending => ({ document, request: decodeRequest(document) }));
    const oldestTs = found[0] === undefined ? null : found[0]._ts;
    settleBatch({ collection, startedAtMs, batch }, (progress, lastId) => {
      const { done, rejected, isRefused } = progress;
      const more = done + rejected < found.length;
      const stopped = isRefused ? "refused" : more ? "limit" : "empty";
      answer({ kind: "drained", done, rejected, more, lastId, stopped, oldestTs });
    });
  });
  if (!isAccepted) answer(NOTHING_ACCEPTED);

  function answer(result: DrainResult): void {
    context.getResponse().setBody(result);
  }
};

type Batch = {
  readonly collection: Collection;
  readonly startedAtMs: number;
  readonly batch: readonly Pending[];
};

type Progress = Numbering & {
  readonly done: number;
  readonly rejected: number;
  readonly characters: number;
  readonly isRefused: boolean;
};

const NOTHING_ACCEPTED: DrainResult = {
  kind: "drained",
  done: 0,
  rejected: 0,
  more: true,
  lastId: null,
  stopped: "refused",
  oldestTs: null,
};

/** Settles a batch between reading the project's counter and writing it. */
const settleBatch = (
  run: Batch,
  then: (progress: Progress, lastId: number | null) => void,
): void => {
  const { collection, batch } = run;
  const start: Progress = {
    done: 0,
    rejected: 0,
    lastId: 0,
    displaced: false,
    characters: 0,
    isRefused: false,
  };
  const valid = batch.map(({ request }) => request).find(E.isRight);
  if (valid === undefined) {
    settleFrom(run, { index: 0, progress: start }, (progress) => then(progress, null));
    return;
  }
  const isAccepted = findCounter(collection, valid.right.projectId, (counter) => {
    const { lastId, displaced } = counter;
    const progress = Object.assign({}, start, { lastId, displaced });
    settleFrom(run, { index: 0, progress }, (end) => {
      if (end.lastId === lastId) return then(end, lastId);
      const save = Object.assign({}, end, { next: () => then(end, end.lastId) });
      insist(saveCounter(collection, counter, save));
    });
  });
  if (!isAccepted) then(Object.assign({}, start, { isRefused: true }), null);
};

/** Settles one request after the other, until none is left, it is enough or work is refused. */
const settleFrom = (
  run: Batch,
  { index, progress }: { readonly index: number; readonly progress: Progress },
  then: (progress: Progress) => void,
): void => {
  const pending = run.batch[index];
  const isTimeUp = index > 0 && Date.now() - run.startedAtMs > TIME_LIMIT_MS;
  if (pending === undefined || isTimeUp || progress.characters > MAX_CHARACTERS) {
    then(progress);
    return;
  }
  const characters = progress.characters + JSON.stringify(pending.document).length;
  const isAccepted = settleRequest(run.collection, pending, {
    numbering: progress,
    next: (status, { lastId, displaced }) => {
      const count = { [status]: progress[status] + 1 };
      const after = Object.assign({}, progress, count, { lastId, displaced, characters });
      settleFrom(run, { index: index + 1, progress: after }, then);
    },
  });
  if (!isAccepted) then(Object.assign({}, progress, { isRefused: true }));
};

const decodeOptions = (given: unknown): DrainOptions => {
  const options = DrainOptions.decode(given);
  if (E.isLeft(options)) throw failure("bug", describeErrors(options.left).join("; "));
  return options.right;
};
