import { METADATA_CHARGE } from "../charges.ts";
import type { Operation } from "../http/exchange.ts";
import type { JsonObject } from "../json.ts";
import { childResourceId } from "../partitioning/resource-id.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";
import { containerOf } from "./find-resource.ts";
import { sameEtag } from "./preconditions.ts";
import { feedResponse } from "./resource-feed.ts";

/**
 * Lists a container's physical partitions as partition key ranges.
 *
 * .NET feeds the etag back until it reads 304.
 * source  Microsoft.Azure.Cosmos `Routing/PartitionKeyRangeCache.cs`
 */
export const readPartitionKeyRanges: Operation = (request) => {
  const container = containerOf(request);
  const etag = `"${container.partitions.map(({ id }) => id).join("-")}"`;
  if (sameEtag(request.headers["if-none-match"] ?? "", etag)) {
    return {
      status: 304,
      headers: ["etag", etag, "x-ms-item-count", "0"],
      chargeRu: METADATA_CHARGE,
    };
  }
  const texts = container.partitions.map((partition) =>
    JSON.stringify(rangeResource(container, partition, etag)),
  );
  const name = "PartitionKeyRanges";
  const response = feedResponse({ name, ownerRid: container.rid, texts, continuation: undefined });
  return { ...response, headers: [...response.headers, "etag", etag] };
};

const rangeResource = (
  container: Container,
  partition: PhysicalPartition,
  etag: string,
): JsonObject => {
  const rid = childResourceId(container.rid, "partitionKeyRange", Number(partition.id));
  return {
    _rid: rid,
    id: partition.id,
    _etag: etag,
    minInclusive: partition.minInclusive,
    maxExclusive: partition.maxExclusive,
    ridPrefix: Number(partition.id),
    _self: `dbs/${container.databaseRid}/colls/${container.rid}/pkranges/${rid}/`,
    throughputFraction: 1 / container.partitions.length,
    status: "online",
    parents: partition.parents,
    _ts: partition.lastTs,
    _lsn: partition.lsn,
  };
};
