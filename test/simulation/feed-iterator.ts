import { clipRange, rangesOverlap } from "../../client/feed-range.ts";
import type { Answer, Link, PartitionRange, Surroundings } from "./link.ts";
import { createRandom } from "./random.ts";
import { responseError } from "./sdk-error.ts";

export type FeedIteratorOptions = {
  readonly changeFeedStartFrom: object;
  readonly maxItemCount?: number;
};

type Parts = {
  readonly surroundings: Surroundings;
  readonly link: Link;
  readonly path: string;
  readonly ranges: () => Promise<readonly PartitionRange[]>;
};

type Place = { readonly min: string; readonly max: string; etag: string };

type Page = {
  readonly statusCode: number;
  readonly result: readonly unknown[];
  readonly headers: Readonly<Record<string, string>>;
  readonly continuationToken: string;
};

/**
 * Makes the SDK's iterator over the change feed of a feed range or of one partition key.
 *
 * shape   after a split it goes on with the children of the range, all from the same place
 * source  ChangeFeedForEpkRange.js and ChangeFeedForPartitionKey.js of @azure/cosmos 4.9.3
 */
export const createFeedIterator = (
  parts: Parts,
  { changeFeedStartFrom, maxItemCount }: FeedIteratorOptions,
): { readonly readNext: () => Promise<Page> } => {
  const { continuationToken } = changeFeedStartFrom as { readonly continuationToken: string };
  const token = JSON.parse(continuationToken) as Token;
  const limit: Record<string, string> =
    maxItemCount === undefined ? {} : { "x-ms-max-item-count": String(maxItemCount) };
  if (typeof token.Continuation === "string") {
    return keyIterator(parts, { ...token, Continuation: token.Continuation }, limit);
  }
  const queue: Place[] = token.Continuation.map((one) => ({
    min: one.minInclusive,
    max: one.maxExclusive,
    etag: one.continuationToken,
  }));
  const tokenNow = (): string =>
    JSON.stringify({
      rid: token.rid,
      Continuation: queue.map(({ min, max, etag }) => ({
        minInclusive: min,
        maxExclusive: max,
        continuationToken: etag,
      })),
    });
  let hasListed = false;
  const list = async (): Promise<void> => {
    try {
      await parts.ranges();
    } catch (error) {
      // The SDK keeps nothing of it but the message.
      throw new Error((error as Error).message);
    }
    hasListed = true;
  };
  return {
    readNext: async () => {
      if (!hasListed) await list();
      let answer: Answer | undefined;
      for (let left = queue.length; left > 0; left -= 1) {
        answer = await readFirst(parts, queue, limit);
        const [first] = queue.splice(0, 1);
        queue.push({ ...first!, etag: answer.headers.etag! });
        if (answer.status === 200) break;
      }
      return pageOf(parts, answer!, tokenNow());
    },
  };
};

type Token = {
  readonly rid: string;
  readonly partitionKey?: number;
  readonly Continuation:
    | string
    | readonly {
        readonly minInclusive: string;
        readonly maxExclusive: string;
        readonly continuationToken: string;
      }[];
};

const FEED = { "a-im": "Incremental feed" };

const keyIterator = (
  parts: Parts,
  token: Token & { readonly Continuation: string },
  limit: Readonly<Record<string, string>>,
) => {
  const { link, path } = parts;
  let etag = token.Continuation;
  return {
    readNext: async (): Promise<Page> => {
      const headers = {
        ...FEED,
        ...limit,
        ...after(etag),
        "x-ms-documentdb-partitionkey": JSON.stringify([token.partitionKey]),
      };
      const answer = await callFeed(link, path, headers);
      if (answer.status === 410) throw responseError(410, answer);
      etag = answer.headers.etag ?? etag;
      return pageOf(parts, answer, JSON.stringify({ ...token, Continuation: etag }));
    },
  };
};

/** Reads at the first place; where it was split, the parts take its place. */
const readFirst = async (
  { link, path, ranges }: Parts,
  queue: Place[],
  limit: Readonly<Record<string, string>>,
): Promise<Answer> => {
  for (;;) {
    const first = queue[0]!;
    const serving = (await ranges())
      .map(({ id, minInclusive: min, maxExclusive: max }) => ({ id, min, max }))
      .filter((range) => rangesOverlap(range, first));
    if (serving.length > 1) {
      queue.splice(0, 1, ...serving.map((one) => ({ ...clipRange(one, first), etag: first.etag })));
      continue;
    }
    const { id, min, max } = serving[0]!;
    const isPart = min < first.min || first.max < max;
    const headers = {
      ...FEED,
      ...limit,
      ...after(first.etag),
      "x-ms-documentdb-partitionkeyrangeid": id,
      ...(isPart && { "x-ms-start-epk": first.min, "x-ms-end-epk": first.max }),
    };
    const answer = await callFeed(link, path, headers);
    if (answer.status !== 410) return answer;
    const isMoved = answer.headers["x-ms-substatus"] === "1002";
    if (!isMoved) return answer;
    link.ranges = undefined;
  }
};

/** 410 is an answer to this iterator; other errors lose all but message, code and headers. */
const callFeed = async (
  link: Link,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> => {
  try {
    return await link.call({ method: "GET", path: `${path}/docs`, headers });
  } catch (error) {
    const { code, headers: received = {}, message } = error as Error & FeedError;
    if (code === 410) return { status: 410, headers: received, body: undefined };
    throw Object.assign(new Error(message), { code, headers: received });
  }
};

type FeedError = { readonly code?: unknown; readonly headers?: Readonly<Record<string, string>> };

const after = (etag: string | undefined): Record<string, string> =>
  etag ? { "if-none-match": etag } : {};

const pageOf = (
  { surroundings }: Parts,
  { status, headers, body }: Answer,
  continuationToken: string,
): Page => {
  const changes = (body as { Documents?: { _lsn: number }[] } | undefined)?.Documents ?? [];
  const result = shuffled(surroundings, changes);
  return { statusCode: status, result, headers, continuationToken };
};

/** The documents of a transaction come in any order. */
const shuffled = (
  { faults, time }: Surroundings,
  changes: readonly { readonly _lsn: number }[],
): readonly unknown[] => {
  const isMixed = changes.some(({ _lsn }, i) => _lsn === changes[i - 1]?._lsn);
  if (!isMixed || !faults.strikes("transaction-shuffled", 0.7)) return changes;
  const random = createRandom(Math.floor(time.now() * 1_000), "shuffle");
  return changes
    .map((change) => ({ change, place: random.next() }))
    .sort((a, b) => a.change._lsn - b.change._lsn || a.place - b.place)
    .map(({ change }) => change);
};
