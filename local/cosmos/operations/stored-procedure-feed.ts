import { containerOf } from "./find-resource.ts";
import type { ResourceFeed } from "./resource-feed.ts";

export const storedProcedureFeed: ResourceFeed = {
  name: "StoredProcedures",
  read: (request) => {
    const { rid } = containerOf(request);
    const owned = request.account.store.catalogue.owned("sprocs", rid);
    return { ownerRid: rid, resources: owned.map(({ resource }) => resource) };
  },
};
