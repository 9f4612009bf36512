import type { Operation } from "../http/exchange.ts";
import { feedResponse } from "./resource-response.ts";

export const listOffers: Operation = ({ account }) => {
  const offers = account.store.catalogue.owned("offers");
  return feedResponse(
    "",
    "Offers",
    offers.map(({ resource }) => resource),
  );
};
