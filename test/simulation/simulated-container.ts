import type { Container } from "@azure/cosmos";
import { createFeedIterator, type FeedIteratorOptions } from "./feed-iterator.ts";
import type { Link, Surroundings } from "./link.ts";
import { type Operation, sendBatch, sendBulk } from "./sdk-batch.ts";
import { type Key, keyHeader, partitionRanges, type Query, queryAll } from "./sdk-query.ts";

type Condition = { readonly accessCondition?: { readonly type: string; condition: string } };
type Document = Readonly<Record<string, unknown>>;

/**
 * Makes the container of the SDK as the pipeline and the client use it, on a machine's link.
 *
 * shape   what it does not have fails at once; errors, retries after splits and forgotten statuses
 *         are those of @azure/cosmos 4.9.3
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
