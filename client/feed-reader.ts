import {
  type ChangeFeedIteratorResponse,
  ChangeFeedStartFrom,
  type Container,
  FeedRange as SdkFeedRange,
} from "@azure/cosmos";
import * as t from "io-ts";
import { statusOf } from "./failure.ts";
import { type FeedRange, listPhysicalPartitions } from "./feed-range.ts";
import { mendPartitionCache } from "./partition-cache.ts";

/**
 * One item as the change feed shows it: the newest version, with its system properties and `_lsn`.
 */
export type Change = Readonly<Record<string, unknown>>;

/**
 * Where reading begins. `after` is the etag of a page, quotes included; `since` has whole seconds
 * only.
 */
export type FeedStart =
  | { readonly kind: "beginning" }
  | { readonly kind: "now" }
  | { readonly kind: "after"; readonly continuation: string }
  | { readonly kind: "since"; readonly timeMs: number };

/**
 * What one read of a feed range gave.
 *
 * changes    in commit order; a transaction is never split over two pages
 * unchanged  nothing new now
 * moved      other physical partitions serve the range now (split or merge): nothing was read
 */
export type FeedPage =
  | { readonly kind: "changes"; readonly changes: readonly Change[]; readonly continuation: string }
  | { readonly kind: "unchanged"; readonly continuation: string }
  | { readonly kind: "moved" };

export type FeedReader = { readonly readPage: () => Promise<FeedPage> };

/** The part of a container that a reader reads. */
export type FeedScope =
  | {
      readonly kind: "range";
      readonly range: FeedRange;
      /** Set it to be told of merges as well; the SDK follows them silently. */
      readonly physicalPartitionId?: string;
    }
  /** Follows splits and merges by itself, and lets Cosmos DB scan the whole physical partition. */
  | { readonly kind: "partition-key"; readonly value: number };

export type FeedReaderOptions = {
  readonly scope: FeedScope;
  readonly start: FeedStart;
  /** A hint: a transaction makes a page longer. */
  readonly maxItemCount?: number | undefined;
};

/**
 * Opens the change feed of a part of a container.
 *
 * shape   each page continues after the one before; after "moved" open new readers
 * errors  those of the SDK; the next readPage tries the same page again
 */
export const openFeedReader = async (
  container: Container,
  { scope, start, maxItemCount }: FeedReaderOptions,
): Promise<FeedReader> => {
  mendPartitionCache(container);
  const openIterator = async (from: FeedStart): Promise<Iterator> =>
    container.items.getChangeFeedIterator({
      changeFeedStartFrom: await startOf(container, scope, from),
      ...(maxItemCount === undefined ? {} : { maxItemCount }),
    });
  let behind = start;
  let iterator: Iterator | undefined = await openIterator(start);
  return {
    readPage: async () => {
      iterator ??= await openIterator(behind);
      const page = await readNext(container, iterator);
      if (page.statusCode === GONE) {
        iterator = undefined;
        throw goneError(page);
      }
      if (scope.kind === "range") {
        const { range, physicalPartitionId } = scope;
        if (!staysWithin(page, range) || isServedByOther(page, physicalPartitionId)) {
          return { kind: "moved" };
        }
      }
      const continuation: unknown = page.headers.etag;
      if (typeof continuation !== "string") {
        throw new Error("The change feed answered without an etag; it cannot be continued");
      }
      behind = { kind: "after", continuation };
      return page.statusCode === 304
        ? { kind: "unchanged", continuation }
        : { kind: "changes", changes: page.result as readonly Change[], continuation };
    },
  };
};

/**
 * Reads a page. Before its first one the iterator lists the partitions, and of what goes wrong there
 * it keeps nothing but the message; so they are listed again, to learn what the caller must do.
 *
 * source  ChangeFeedForEpkRange.js of @azure/cosmos 4.9.3, fetchContinuationTokenFeedRanges
 */
const readNext = async (container: Container, iterator: Iterator): Promise<Page> => {
  try {
    return await iterator.readNext();
  } catch (error) {
    const isHidden = statusOf(error).code === undefined;
    if (!isHidden || WRONG_CONTINUATION.test((error as Error).message)) throw error;
    await listPhysicalPartitions(container);
    throw Object.assign(new Error((error as Error).message, { cause: error }), { code: 503 });
  }
};

/** The one error without a code that is the SDK's own: the container was created anew. */
const WRONG_CONTINUATION = /^The continuation token is not for/;

const startOf = async (
  container: Container,
  scope: FeedScope,
  start: FeedStart,
): Promise<ChangeFeedStartFrom> => {
  if (start.kind === "since") {
    const resource =
      scope.kind === "range" ? await sdkFeedRange(container, scope.range) : scope.value;
    return ChangeFeedStartFrom.Time(new Date(start.timeMs), resource);
  }
  // The token of the SDK's own pages; an empty etag sends no If-None-Match, and * means from now
  // on.
  const etags = { beginning: "", now: "*" };
  const etag = start.kind === "after" ? start.continuation : etags[start.kind];
  const { resource } = await container.read();
  const rid = resource?._rid;
  const token =
    scope.kind === "range"
      ? { rid, Continuation: [sdkRange(scope.range, etag)] }
      : { rid, partitionKey: scope.value, Continuation: etag };
  return ChangeFeedStartFrom.Continuation(JSON.stringify(token));
};

const sdkRange = ({ min, max }: FeedRange, etag: string) => ({
  minInclusive: min,
  maxExclusive: max,
  continuationToken: etag,
});

/**
 * The SDK accepts feed ranges only of a class that it does not export, so one of its own is copied.
 */
const sdkFeedRange = async (container: Container, range: FeedRange): Promise<SdkFeedRange> => {
  const [example] = await container.getFeedRanges();
  return Object.assign(Object.create(Object.getPrototypeOf(example ?? SdkFeedRange.prototype)), {
    minInclusive: range.min,
    maxExclusive: range.max,
  });
};

const SdkContinuation = t.type({
  Continuation: t.array(t.type({ minInclusive: t.string, maxExclusive: t.string })),
});

type Page = ChangeFeedIteratorResponse<unknown>;
type Iterator = { readonly readNext: () => Promise<Page> };

const GONE = 410;

/**
 * The iterator follows a 410 of a split. Any other it takes for an empty page without an etag, and it
 * would begin anew after it.
 */
const goneError = ({ headers }: Page): Error =>
  Object.assign(new Error("The physical partition is gone (410)"), { code: GONE, headers });

const staysWithin = (page: Page, range: FeedRange): boolean => {
  const token: unknown = JSON.parse(page.continuationToken);
  if (!SdkContinuation.is(token)) throw new Error("The SDK's continuation has another shape");
  const [only, ...others] = token.Continuation;
  return others.length === 0 && only?.minInclusive === range.min && only.maxExclusive === range.max;
};

/**
 * Pages carry the id of the physical partition that served them; where they do not, this cannot
 * tell.
 */
const isServedByOther = (page: Page, physicalPartitionId: string | undefined): boolean => {
  if (physicalPartitionId === undefined) return false;
  // Either "3" or "<container rid>,3".
  const served = /(?:^|,)(\d+)$/.exec(String(page.headers["x-ms-documentdb-partitionkeyrangeid"]));
  return served !== null && served[1] !== physicalPartitionId;
};
