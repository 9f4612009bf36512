import { badRequest, gone } from "../cosmos-error.ts";
import type { CosmosRequest } from "../http/exchange.ts";
import { headerOf } from "../http/request-headers.ts";
import type { JsonValue } from "../json.ts";
import { fixedPaths, logicalKey, parsePartitionKeyHeader } from "../partitioning/partition-key.ts";
import type { Scope } from "../store/partition-reader.ts";
import {
  type Container,
  type PhysicalPartition,
  partitionFor,
} from "../store/physical-partition.ts";

/** What a feed, a query or a change feed reads: some physical partitions, or a part of them. */
export type ReadScope = {
  readonly partitions: readonly PhysicalPartition[];
  readonly scope: Scope;
};

const PARTITION_KEY_RANGE_GONE = 1002;

/**
 * Reads from a request's headers which part of the container it addresses: one partition key, one
 * partition key range, a range of effective partition keys, or everything.
 *
 * errors  410/1002 for a range that does not exist: the client reads the ranges again
 */
export const readScope = ({ headers }: CosmosRequest, container: Container): ReadScope => {
  const keyHeader = headerOf(headers, "x-ms-documentdb-partitionkey");
  if (keyHeader !== undefined) {
    const components = parsePartitionKeyHeader(keyHeader, container.partitionKey);
    if (components.length > 0) return scopeOfKey(container, components);
  }
  const minEpk = headerOf(headers, "x-ms-start-epk");
  const maxEpk = headerOf(headers, "x-ms-end-epk");
  const scope = epkScope(minEpk, maxEpk);
  const rangeId = headerOf(headers, "x-ms-documentdb-partitionkeyrangeid");
  if (rangeId !== undefined) return { partitions: [partitionById(container, rangeId)], scope };
  const partitions = container.partitions.filter(
    ({ minInclusive, maxExclusive }) =>
      (maxEpk === undefined || minInclusive < maxEpk) &&
      (minEpk === undefined || minEpk < maxExclusive),
  );
  return { partitions, scope };
};

const scopeOfKey = (container: Container, components: readonly JsonValue[]): ReadScope => {
  const { partitionKey } = container;
  const { pk, epk } = logicalKey(components, partitionKey);
  const partitions = [partitionFor(container, epk)];
  if (components.length < partitionKey.paths.length) {
    return {
      partitions,
      scope: {
        minEpk: epk,
        maxEpk: `${epk}FF`,
        fixed: fixedPaths(container.partitionKey, components),
      },
    };
  }
  return { partitions, scope: { pk, fixed: fixedPaths(container.partitionKey, components) } };
};

const epkScope = (minEpk: string | undefined, maxEpk: string | undefined): Scope => ({
  ...(minEpk === undefined || minEpk === "" ? {} : { minEpk }),
  ...(maxEpk === undefined || maxEpk === "FF" ? {} : { maxEpk }),
});

/** Finds a partition by the header's value, `0` or `<container rid>,0`. */
export const partitionById = (container: Container, header: string): PhysicalPartition => {
  const id = header.slice(header.indexOf(",") + 1);
  const found = container.partitions.find((partition) => partition.id === id);
  if (found) return found;
  throw gone(
    `The partition key range ${id} of ${container.id} does not exist: read the ranges again.`,
    PARTITION_KEY_RANGE_GONE,
  );
};

/** Narrows a scope to its only partition; 400 where the request spans several. */
export const onlyPartition = ({ partitions }: ReadScope): PhysicalPartition => {
  const [partition] = partitions;
  if (partition && partitions.length === 1) return partition;
  throw badRequest(
    `The request spans ${partitions.length} partition key ranges: send x-ms-documentdb-partitionkey ` +
      "or x-ms-documentdb-partitionkeyrangeid.",
  );
};
