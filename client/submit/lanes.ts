import type { TodoRequest } from "../../domain/todo-request.ts";
import type { Submission, SubmitError } from "../submission.ts";

/** A request on its way, and the promise that its caller holds. */
export type Pending = {
  readonly request: TodoRequest;
  readonly bodyBytes: number;
  readonly resolve: (submission: Submission) => void;
  readonly reject: (error: SubmitError) => void;
  /** When its first attempt began; undefined before it. */
  firstSentAtMs: number | undefined;
  /** Whether an attempt without an answer may have created it. */
  effect: "none" | "unknown";
};

/**
 * The requests of one project in call order. One flush at a time takes from a lane, so that order
 * stays.
 *
 * state  idle: empty; ready: in line for the next flush; flying: part of a flush; waiting: for a
 *        retry
 */
export type Lane = {
  readonly projectId: number;
  queue: Pending[];
  state: "idle" | "ready" | "flying" | "waiting";
  /** Failed attempts since the last success. */
  failures: number;
  /** The last batch failed in a way that the SDK hides: send one alone to see the status. */
  alone: boolean;
};

/**
 * One call to Cosmos DB.
 *
 * create  one request, with the full status if it fails
 * batch   several of one lane, all or none, in order
 * bulk    one each of several lanes, independent of each other
 */
export type Flush = {
  readonly kind: "create" | "batch" | "bulk";
  readonly lanes: readonly Lane[];
  readonly pending: readonly Pending[];
};

/** Operations in one batch, and in one bulk call per physical partition (Cosmos DB's limit). */
export const MAX_FLUSH_OPERATIONS = 100;

/** Cosmos DB ends a request at 2 MB; the rest is left for the envelope of each operation. */
export const MAX_FLUSH_BODY_BYTES = 1_700_000;

// A lane with fewer is better off in a bulk with others than with a call of its own.
const BATCH_FROM_OPERATIONS = 8;

/** Makes an empty lane for a project. */
export const createLane = (projectId: number): Lane => ({
  projectId,
  queue: [],
  state: "idle",
  failures: 0,
  alone: false,
});

/**
 * Takes the next flush out of the lanes that are ready.
 *
 * shape   changes `ready` and the lanes; undefined if no lane is ready
 */
export const takeFlush = (ready: Lane[]): Flush | undefined => {
  const first = ready.shift();
  if (!first) return undefined;
  if (first.alone) return flushOf("create", [first], takeFirst(first, 1));
  if (first.queue.length >= BATCH_FROM_OPERATIONS) return wholeLane(first);
  const others = takeLanes(ready, MAX_FLUSH_OPERATIONS - 1);
  if (others.length === 0) return wholeLane(first);
  const lanes = [first, ...others];
  return flushOf(
    "bulk",
    lanes,
    lanes.flatMap((lane) => takeFirst(lane, 1)),
  );
};

const wholeLane = (lane: Lane): Flush => {
  const pending = takeFirst(lane, MAX_FLUSH_OPERATIONS);
  return flushOf(pending.length === 1 ? "create" : "batch", [lane], pending);
};

const flushOf = (
  kind: Flush["kind"],
  lanes: readonly Lane[],
  pending: readonly Pending[],
): Flush => {
  for (const lane of lanes) lane.state = "flying";
  return { kind, lanes, pending };
};

const takeLanes = (ready: Lane[], limit: number): readonly Lane[] => {
  const taken: Lane[] = [];
  const left: Lane[] = [];
  for (const lane of ready) {
    const fits = taken.length < limit && !lane.alone && lane.queue.length < BATCH_FROM_OPERATIONS;
    (fits ? taken : left).push(lane);
  }
  if (taken.length > 0) ready.splice(0, ready.length, ...left);
  return taken;
};

/** Takes from the front: at most `limit`, within the size of one call, no id twice. */
const takeFirst = (lane: Lane, limit: number): Pending[] => {
  const ids = new Set<string>();
  let bodyBytes = 0;
  let count = 0;
  for (const { request, bodyBytes: size } of lane.queue) {
    bodyBytes += size;
    const tooMuch = count > 0 && bodyBytes > MAX_FLUSH_BODY_BYTES;
    if (count === limit || tooMuch || ids.has(request.id)) break;
    ids.add(request.id);
    count += 1;
  }
  return lane.queue.splice(0, count);
};
