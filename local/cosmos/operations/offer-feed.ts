import type { ResourceFeed } from "./resource-feed.ts";

export const offerFeed: ResourceFeed = {
  name: "Offers",
  read: ({ account }) => {
    const offers = account.store.catalogue.owned("offers");
    return { ownerRid: "", resources: offers.map(({ resource }) => resource) };
  },
};
