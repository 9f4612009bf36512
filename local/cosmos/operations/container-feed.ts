import { databaseOf } from "./find-resource.ts";
import type { ResourceFeed } from "./resource-feed.ts";

export const containerFeed: ResourceFeed = {
  name: "DocumentCollections",
  read: (request) => {
    const { rid, containers } = databaseOf(request);
    return { ownerRid: rid, resources: [...containers.values()].map(({ resource }) => resource) };
  },
};
