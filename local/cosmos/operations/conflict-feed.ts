import { containerOf } from "./find-resource.ts";
import type { ResourceFeed } from "./resource-feed.ts";

/** One write region has no conflicts: the feed is always empty. */
export const conflictFeed: ResourceFeed = {
  name: "Conflicts",
  read: (request) => ({ ownerRid: containerOf(request).rid, resources: [] }),
};
