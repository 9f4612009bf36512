import type { Container } from "@azure/cosmos";
import { logicalKey } from "../../local/cosmos/partitioning/partition-key.ts";
import { createFeedIterator, type FeedIteratorOptions } from "./feed-iterator.ts";
import type { Answer, Link, PartitionRange, Surroundings } from "./link.ts";

type Key = string | number | boolean | null | undefined;
type Query = { readonly query: string; readonly parameters: readonly object[] };
type Operation = { readonly partitionKey?: Key; readonly resourceBody?: object };
type Condition = { readonly accessCondition?: { readonly type: string; condition: string } };
type Document = Readonly<Record<string, unknown>>;

/**
 * Makes the container of the SDK as the pipeline and the client use it, on a machine's link.
 *
 * shape   what it does not have fails at once; errors, retries after splits and forgotten statuses are
 *         those of @azure/cosmos 4.9.3
 */
export const simulatedContainer = (
  surroundings: Surroundings,
  link: Link,
  id: "items" | "leases",
): Container => {
  const path = `/dbs/todos/colls/${id}`;
  const keyOf = (document: Document): Key =>
    (id === "items" ? document.projectId : document.id) as Key;
  const get = (suffix: string) => link.call({ method: "GET", path: path + suffix, headers: {} });
  const ranges = () => partitionRanges(link, path);
  const item = (itemId: string, key: Key) => itemOf(link, `${path}/docs/${itemId}`, key);

  const container = {
    id,
    url: path.slice(1),
    database: {
      read: async () => {
        const { body } = await link.call({ method: "GET", path: "/dbs/todos", headers: {} });
        return { resource: body };
      },
    },
    read: async () => ({ resource: (await get("")).body }),
    readPartitionKeyRanges: () => ({
      fetchAll: async () => {
        const { body } = await get("/pkranges");
        return { resources: (body as { PartitionKeyRanges: unknown[] }).PartitionKeyRanges };
      },
    }),
    item,
    items: {
      create: (body: Document) => write(link, `${path}/docs`, { body, key: keyOf(body) }),
      upsert: (body: Document) =>
        write(link, `${path}/docs`, {
          body,
          key: keyOf(body),
          headers: { "x-ms-documentdb-is-upsert": "true" },
        }),
      query: (query: Query, options: { readonly partitionKey?: Key } = {}) => ({
        fetchAll: async () => ({ resources: await queryAll(link, path, { query, options }) }),
      }),
      batch: (operations: readonly Operation[], key: Key) =>
        sendBatch(link, path, { operations, key }),
      bulk: (operations: readonly Operation[]) => sendBulk(link, path, operations),
      getChangeFeedIterator: (options: FeedIteratorOptions) =>
        createFeedIterator({ surroundings, link, path, ranges }, options),
    },
    scripts: {
      storedProcedure: (name: string) => ({
        execute: async (key: Key, given: readonly unknown[]) => {
          const target = `${path}/sprocs/${name}`;
          const headers = keyHeader(key);
          const { body } = await link.call({ method: "POST", path: target, headers, body: given });
          return { resource: body };
        },
      }),
    },
  };
  return container as unknown as Container;
};

const keyHeader = (key: Key): Record<string, string> => ({
  "x-ms-documentdb-partitionkey": JSON.stringify([key === undefined ? {} : key]),
});

const itemOf = (link: Link, path: string, key: Key) => ({
  read: async () => {
    try {
      const { body, status } = await link.call({ method: "GET", path, headers: keyHeader(key) });
      return { resource: body, statusCode: status };
    } catch (error) {
      // The SDK answers a missing item with its status instead of throwing.
      if ((error as { code?: unknown }).code === 404) return { statusCode: 404 };
      throw error;
    }
  },
  replace: async (body: Document, { accessCondition }: Condition = {}) => {
    const condition = accessCondition && { "if-match": accessCondition.condition };
    const headers = { ...keyHeader(key), ...condition };
    const answer = await link.call({ method: "PUT", path, headers, body });
    return { resource: answer.body, statusCode: answer.status };
  },
  delete: async ({ accessCondition }: Condition = {}) => {
    const condition = accessCondition && { "if-match": accessCondition.condition };
    const headers = { ...keyHeader(key), ...condition };
    await link.call({ method: "DELETE", path, headers });
    return { statusCode: 204 };
  },
});

type Write = {
  readonly body: Document;
  readonly key: Key;
  readonly headers?: Readonly<Record<string, string>>;
};

const write = async (link: Link, path: string, { body, key, headers }: Write) => {
  const all = { ...keyHeader(key), ...headers };
  const answer = await link.call({ method: "POST", path, headers: all, body });
  const { _etag } = answer.body as { readonly _etag: string };
  return { resource: answer.body, etag: _etag, statusCode: answer.status };
};

/** The SDK reads the ranges once, and again after it was told that they have changed. */
const partitionRanges = async (link: Link, path: string): Promise<readonly PartitionRange[]> => {
  if (link.ranges) return link.ranges;
  const { body } = await link.call({ method: "GET", path: `${path}/pkranges`, headers: {} });
  link.ranges = (body as { PartitionKeyRanges: PartitionRange[] }).PartitionKeyRanges;
  return link.ranges;
};

type QueryCall = { readonly query: Query; readonly options: { readonly partitionKey?: Key } };

/** Physical partitions are asked one after the other, each at its own time. */
const queryAll = async (
  link: Link,
  path: string,
  { query, options }: QueryCall,
): Promise<readonly unknown[]> => {
  if ("partitionKey" in options || path.endsWith("/leases")) {
    return queryPages(link, path, { query, scope: keyScope(path, options.partitionKey) });
  }
  for (;;) {
    try {
      const found: unknown[] = [];
      for (const { id } of await partitionRanges(link, path)) {
        const scope = { "x-ms-documentdb-partitionkeyrangeid": id };
        found.push(...(await queryPages(link, path, { query, scope })));
      }
      return found;
    } catch (error) {
      if (!isGoneRange(error)) throw error;
      link.ranges = undefined;
    }
  }
};

const keyScope = (path: string, key: Key): Record<string, string> =>
  path.endsWith("/leases") ? {} : keyHeader(key);

type PagedQuery = { readonly query: Query; readonly scope: Readonly<Record<string, string>> };

const queryPages = async (
  link: Link,
  path: string,
  { query, scope }: PagedQuery,
): Promise<readonly unknown[]> => {
  const found: unknown[] = [];
  let continuation: string | undefined;
  do {
    const headers = {
      ...scope,
      "x-ms-documentdb-isquery": "true",
      ...(continuation && { "x-ms-continuation": continuation }),
    };
    const target = `${path}/docs`;
    const answer: Answer = await link.call({ method: "POST", path: target, headers, body: query });
    found.push(...(answer.body as { Documents: unknown[] }).Documents);
    continuation = answer.headers["x-ms-continuation"];
  } while (continuation);
  return found;
};

type Batch = { readonly operations: readonly Operation[]; readonly key: Key };

const sendBatch = async (link: Link, path: string, { operations, key }: Batch) => {
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
const sendBulk = async (
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

const PARTITION_KEY_RANGE_GONE = 1002;

export const isGoneRange = (error: unknown): boolean => {
  const { code, substatus } = error as { readonly code?: unknown; readonly substatus?: unknown };
  return code === 410 && substatus === PARTITION_KEY_RANGE_GONE;
};
