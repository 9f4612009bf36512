import type { Answer, Link, PartitionRange } from "./link.ts";

/** The value of a partition key; undefined: the document has none. */
export type Key = string | number | boolean | null | undefined;

export type Query = { readonly query: string; readonly parameters: readonly object[] };

/** Names one logical partition. */
export const keyHeader = (key: Key): Record<string, string> => ({
  "x-ms-documentdb-partitionkey": JSON.stringify([key === undefined ? {} : key]),
});

/** The SDK reads the ranges once, and again after it was told that they have changed. */
export const partitionRanges = async (
  link: Link,
  path: string,
): Promise<readonly PartitionRange[]> => {
  if (link.ranges) return link.ranges;
  const { body } = await link.call({ method: "GET", path: `${path}/pkranges`, headers: {} });
  link.ranges = (body as { PartitionKeyRanges: PartitionRange[] }).PartitionKeyRanges;
  return link.ranges;
};

type QueryCall = { readonly query: Query; readonly options: { readonly partitionKey?: Key } };

/** Physical partitions are asked one after the other, each at its own time. */
export const queryAll = async (
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

const PARTITION_KEY_RANGE_GONE = 1002;

/** Was the partition of a request split? */
export const isGoneRange = (error: unknown): boolean => {
  const { code, substatus } = error as { readonly code?: unknown; readonly substatus?: unknown };
  return code === 410 && substatus === PARTITION_KEY_RANGE_GONE;
};
