import type { ResourceFeed } from "./resource-feed.ts";

export const databaseFeed: ResourceFeed = {
  name: "Databases",
  read: ({ account }) => {
    const databases = [...account.store.catalogue.databases.values()];
    return { ownerRid: "", resources: databases.map(({ resource }) => resource) };
  },
};
