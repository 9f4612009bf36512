import type { Container } from "@azure/cosmos";

/** The part of the SDK's cache of physical partitions that is changed here. */
type PartitionCache = {
  onCollectionRoutingMap: (link: string, node: unknown, forceRefresh?: boolean) => Promise<unknown>;
};

const mended = new WeakSet<PartitionCache>();

/**
 * Lets the SDK ask for a container's physical partitions again after it failed to learn them.
 *
 * It caches the answer as a promise, the rejected one too: a client whose first look fell into an
 * outage reads no change feed and sends no bulk for as long as it lives, long after the outage.
 *
 * shape   all containers of the client; once, however often it is called. Another version of the SDK,
 *         without such a cache, stays as it is
 * source  routing/partitionKeyRangeCache.js of @azure/cosmos 4.9.3; seen in a simulated world, and
 *         in a client that was started while its server was not
 */
export const mendPartitionCache = (container: Container): void => {
  const { partitionKeyRangeCache: cache } = container.items as unknown as {
    readonly partitionKeyRangeCache?: PartitionCache;
  };
  if (typeof cache?.onCollectionRoutingMap !== "function" || mended.has(cache)) return;
  mended.add(cache);
  const ask = cache.onCollectionRoutingMap.bind(cache);
  const failed = new Set<string>();
  cache.onCollectionRoutingMap = async (link, node, forceRefresh = false) => {
    try {
      const partitions = await ask(link, node, forceRefresh || failed.has(link));
      failed.delete(link);
      return partitions;
    } catch (error) {
      failed.add(link);
      throw error;
    }
  };
};
