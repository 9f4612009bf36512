import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import type { Link } from "./link.ts";
import { isGoneRange, type Key, keyHeader, partitionRanges } from "./sdk-query.ts";

export type Operation = { readonly partitionKey?: Key; readonly resourceBody?: object };

type Batch = { readonly operations: readonly Operation[]; readonly key: Key };

/** Sends a transaction; an error of the whole has no status any more. */
export const sendBatch = async (link: Link, path: string, { operations, key }: Batch) => {
  const headers = {
    ...keyHeader(key),
    "x-ms-cosmos-is-batch-request": "true",
    "x-ms-cosmos-batch-atomic": "true",
  };
  try {
    const target = `${path}/docs`;
    const { body } = await link.call({ method: "POST", path: target, headers, body: operations });
    return { result: body };
  } catch (error) {
    throw new Error(`Batch request error: ${(error as Error).message}`);
  }
};

/** One request per physical partition, at the same time; any that fails hides its status. */
export const sendBulk = async (
  link: Link,
  path: string,
  operations: readonly Operation[],
): Promise<readonly unknown[]> => {
  const results: unknown[] = [];
  const rest = new Map(operations.map((operation, index) => [index, operation]));
  while (rest.size > 0) {
    const ranges = await partitionRanges(link, path);
    await Promise.all(
      ranges.map(async ({ id, minInclusive, maxExclusive }) => {
        const own = [...rest].filter(([, { partitionKey }]) => {
          const epk = epkOf(partitionKey);
          return minInclusive <= epk && epk < maxExclusive;
        });
        if (own.length === 0) return;
        const answers = await sendPart(link, path, { id, part: own.map(([, one]) => one) });
        own.forEach(([index], i) => {
          if (!answers || (answers[i] as { statusCode: number }).statusCode === 410) return;
          rest.delete(index);
          results[index] = answers[i];
        });
      }),
    );
    if (rest.size > 0) link.ranges = undefined;
  }
  return results;
};

const sendPart = async (
  link: Link,
  path: string,
  { id, part }: { readonly id: string; readonly part: readonly Operation[] },
): Promise<readonly unknown[] | undefined> => {
  const headers = {
    "x-ms-documentdb-partitionkeyrangeid": id,
    "x-ms-cosmos-is-batch-request": "true",
    "x-ms-cosmos-batch-continue-on-error": "true",
  };
  const body = part.map(({ partitionKey, ...operation }) => ({
    ...operation,
    partitionKey: JSON.stringify([partitionKey]),
  }));
  try {
    const answer = await link.call({ method: "POST", path: `${path}/docs`, headers, body });
    return answer.body as readonly unknown[];
  } catch (error) {
    if (isGoneRange(error)) return undefined;
    throw new Error(`Bulk request errored with: ${(error as Error).message}`);
  }
};

const ITEMS_KEY = { paths: ["/projectId"], kind: "Hash", version: 2 } as const;

const epkOf = (key: Key): string => logicalKey([key ?? null], ITEMS_KEY).epk;
