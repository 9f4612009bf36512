import { notFound } from "../cosmos-error.ts";
import type { CosmosRequest, Operation } from "../http/exchange.ts";
import type { JsonObject } from "../json.ts";
import { resourceResponse } from "./resource-response.ts";

export const readOffer: Operation = (request) => resourceResponse(200, offerOf(request));

/** Finds the offer that a request addresses; SDKs may send its id in lower case. */
export const offerOf = ({ segments, account }: CosmosRequest): JsonObject => {
  const wanted = segments[1] ?? "";
  const offers = account.store.catalogue.owned("offers");
  const offer =
    offers.find(({ rid }) => rid === wanted) ??
    offers.find(({ rid }) => rid.toLowerCase() === wanted.toLowerCase());
  if (!offer) throw notFound(`Resource Not Found: there is no offer "${wanted}".`);
  return offer.resource;
};
