import type { Container } from "@azure/cosmos";
import { type Contents, decodeContinuation, type Place } from "./subscribe/continuation.ts";
import { createMeetingPoint, type MeetingPoint } from "./subscribe/meeting-point.ts";
import { createNumberCheck } from "./subscribe/number-check.ts";
import { createProgress, type ReceivedTodo } from "./subscribe/progress.ts";
import {
  type PlaceRead,
  placesAfterNow,
  placesAtBeginning,
  type ReadContext,
  readContainerRid,
  readFromPlace,
} from "./subscribe/read-place.ts";
import { todosInPage } from "./subscribe/todos-in-page.ts";
import { systemWorld, type World } from "./world.ts";

export type { ReceivedTodo };

export type SubscribeOptions = {
  /** Only this project's todos; all projects' without it. */
  readonly projectId?: number;
  /** Goes on after the todo that carried it. */
  readonly continuation?: string;
  /** Without a continuation: all todos, or only those that are made from now on. */
  readonly startFrom?: "beginning" | "now";
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /**
   * The wait after a feed range has nothing new. With `longPollSeconds` on the connection it may be
   * 0.
   */
  readonly pollDelayMs?: number;
  readonly maxItemCount?: number;
  /** Told of each failed read that is tried again. */
  readonly onRetry?: (error: unknown) => void;
  readonly world?: World;
};

const DEFAULT_POLL_DELAY_MS = 1_000;

/**
 * Subscribes to todos: an endless iteration, in order of the numbers within each project.
 *
 * shape   n, n+1, n+2 … per project; from the beginning the first is 1, from now it is any. After a
 *         continuation of all projects, only those that were in the last page are checked from
 *         their first todo on; with a projectId, all are. Memory: one page per physical partition,
 *         and the last number of up to MAX_TRACKED_PROJECTS projects
 * errors  TodoOrderError for a hole or a changed todo; what trying again cannot mend. Cosmos DB
 *         away or busy is tried again for ever
 * source  ARCHITECTURE.md: the way of one request, I2, I3
 */
export async function* subscribe(
  container: Container,
  options: SubscribeOptions = {},
): AsyncGenerator<ReceivedTodo, void, undefined> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  options.signal?.addEventListener("abort", onAbort);
  if (options.signal?.aborted) stop.abort();
  try {
    const context = readContext(container, options, stop.signal);
    const contents = await contentsAtStart(context, options);
    const check = createNumberCheck({
      last: new Map(contents.places.flatMap(({ last }) => last)),
      fromBeginning: options.continuation === undefined && options.startFrom !== "now",
    });
    const progress = createProgress(contents);
    const reads = startReading(context, contents.places);
    for (let taken = await reads.take(); taken; taken = await reads.take()) {
      const { place, read } = taken.thing;
      if (read.kind === "moved") {
        progress.move(place, read.places);
      } else {
        const { todos, error } = check.select(todosInPage(read.changes));
        yield* progress.handOut(place, { etag: read.etag, todos, isWhole: !error });
        if (error) throw error;
      }
      if (stop.signal.aborted) return;
      taken.done();
    }
  } catch (error) {
    // Whoever ended the subscription does not want to hear what its last read came to.
    if (!stop.signal.aborted) throw error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    stop.abort();
  }
}

const readContext = (
  container: Container,
  options: SubscribeOptions,
  signal: AbortSignal,
): ReadContext => ({
  container,
  projectId: options.projectId ?? null,
  maxItemCount: options.maxItemCount,
  pollDelayMs: options.pollDelayMs ?? DEFAULT_POLL_DELAY_MS,
  onRetry: options.onRetry ?? (() => undefined),
  world: options.world ?? systemWorld,
  signal,
});

const contentsAtStart = async (
  context: ReadContext,
  { continuation, startFrom = "beginning" }: SubscribeOptions,
): Promise<Contents> => {
  const { projectId } = context;
  const containerRid = await readContainerRid(context);
  if (continuation !== undefined) {
    return decodeContinuation(continuation, { containerRid, projectId });
  }
  const places = await (startFrom === "now" ? placesAfterNow(context) : placesAtBeginning(context));
  return { version: 1, containerRid, projectId, places: [...places] };
};

type PlacedRead = { readonly place: Place; readonly read: PlaceRead };

/** Reads all places at the same time, each no further than one page ahead of the subscriber. */
const startReading = (context: ReadContext, places: readonly Place[]): MeetingPoint<PlacedRead> => {
  const meeting = createMeetingPoint<PlacedRead>();
  const readOn = async (place: Place): Promise<void> => {
    for await (const read of readFromPlace(context, place)) {
      await meeting.offer({ place, read });
      if (read.kind === "moved") for (const next of read.places) start(next);
    }
  };
  const start = (place: Place): void => {
    readOn(place).catch(meeting.fail);
  };
  context.signal.addEventListener("abort", meeting.end);
  if (context.signal.aborted) meeting.end();
  for (const place of places) start(place);
  return meeting;
};
