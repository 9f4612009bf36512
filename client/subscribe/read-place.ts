import type { Container } from "@azure/cosmos";
import { type Backoff, backoffMs } from "../backoff.ts";
import { classifyFailure } from "../failure.ts";
import {
  clipRange,
  listPhysicalPartitions,
  rangesOverlap,
  WHOLE_CONTAINER,
} from "../feed-range.ts";
import { type Change, type FeedReader, type FeedStart, openFeedReader } from "../feed-reader.ts";
import { untilAborted } from "../until-aborted.ts";
import type { World } from "../world.ts";
import type { Place } from "./continuation.ts";

export type ReadContext = {
  readonly container: Container;
  readonly projectId: number | null;
  readonly maxItemCount: number | undefined;
  readonly pollDelayMs: number;
  readonly onRetry: (error: unknown) => void;
  readonly world: World;
  readonly signal: AbortSignal;
};

/**
 * What follows a place.
 *
 * page   changes, and the etag behind them
 * moved  other physical partitions serve the range: read on at these places
 */
export type PlaceRead =
  | { readonly kind: "page"; readonly changes: readonly Change[]; readonly etag: string }
  | { readonly kind: "moved"; readonly places: readonly Place[] };

const RETRY_BACKOFF: Backoff = { firstMs: 100, maxMs: 10_000 };

/**
 * Reads on from a place, without end, and waits where nothing is new.
 *
 * shape   ends when the signal is aborted, or after "moved"
 * errors  what trying again cannot mend; the rest is tried again for ever and told to `onRetry`
 */
export async function* readFromPlace(
  context: ReadContext,
  place: Place,
): AsyncGenerator<PlaceRead, void> {
  const { signal, world, pollDelayMs } = context;
  const reader = await retrying(context, () => openAt(context, place));
  let etag = place.etag;
  while (!signal.aborted) {
    const page = await untilAborted(retrying(context, reader.readPage), signal);
    if (!page) return;
    if (page.kind === "moved") {
      const places = await retrying(context, () => placesNow(context, { ...place, etag }));
      yield { kind: "moved", places };
      return;
    }
    etag = page.continuation;
    if (page.kind === "changes") yield { kind: "page", changes: page.changes, etag };
    else await world.sleep(pollDelayMs, signal);
  }
}

/**
 * Finds the place that is "now" in each feed range.
 *
 * shape   nothing that is committed afterwards is before these places
 */
export const placesAfterNow = async (context: ReadContext): Promise<readonly Place[]> => {
  const places: Place[] = [];
  const open = [...(await retrying(context, () => wholeContainer(context, "*")))];
  for (let place = open.shift(); place !== undefined; place = open.shift()) {
    const reader = await retrying(context, () => openAt(context, place));
    const page = await retrying(context, reader.readPage);
    if (page.kind === "moved") open.push(...(await placesNow(context, place)));
    else places.push({ ...place, etag: page.continuation });
  }
  return places;
};

/** Reads the container's rid, which changes when it is created anew. */
export const readContainerRid = (context: ReadContext): Promise<string> =>
  retrying(context, async () => {
    const { resource } = await context.container.read();
    if (!resource) throw new Error("Cosmos DB answered without the container that was asked for");
    return resource._rid;
  });

/** The places before the first change. */
export const placesAtBeginning = (context: ReadContext): Promise<readonly Place[]> =>
  retrying(context, () => wholeContainer(context, ""));

const wholeContainer = async (
  { container, projectId }: ReadContext,
  etag: string,
): Promise<readonly Place[]> => {
  if (projectId !== null) return [{ ...WHOLE_CONTAINER, etag, last: [] }];
  const partitions = await listPhysicalPartitions(container);
  return partitions.map(({ range }) => ({ ...range, etag, last: [] }));
};

/**
 * The places that take over from one, each with its etag: children hold all that their parent held.
 */
const placesNow = async ({ container }: ReadContext, place: Place): Promise<readonly Place[]> => {
  const partitions = await listPhysicalPartitions(container);
  return partitions
    .filter(({ range }) => rangesOverlap(range, place))
    .map(({ range }) => ({ ...place, ...clipRange(range, place) }));
};

const openAt = (
  { container, projectId, maxItemCount }: ReadContext,
  { min, max, etag }: Place,
): Promise<FeedReader> => {
  const starts: Readonly<Record<string, FeedStart>> = {
    "": { kind: "beginning" },
    "*": { kind: "now" },
  };
  return openFeedReader(container, {
    scope:
      projectId === null
        ? { kind: "range", range: { min, max } }
        : { kind: "partition-key", value: projectId },
    start: starts[etag] ?? { kind: "after", continuation: etag },
    maxItemCount,
  });
};

/** Calls until it succeeds, or fails in a way that calling again cannot mend. */
const retrying = async <A>(
  { world, signal, onRetry }: ReadContext,
  call: () => Promise<A>,
): Promise<A> => {
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure.kind !== "transient" || signal.aborted) throw error;
      onRetry(error);
      const { retryAfterMs } = failure;
      await world.sleep(
        backoffMs(RETRY_BACKOFF, failures, { retryAfterMs, random: world.random() }),
        signal,
      );
    }
  }
};
