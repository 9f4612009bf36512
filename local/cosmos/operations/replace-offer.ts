import { badRequest } from "../cosmos-error.ts";
import type { CosmosRequest, Operation } from "../http/exchange.ts";
import { isJsonObject } from "../json.ts";
import type { Container } from "../store/physical-partition.ts";
import { offerOf } from "./read-offer.ts";
import { objectBody } from "./request-body.ts";
import { resourceResponse } from "./resource-response.ts";
import { offerContent, partitionsFor } from "./throughput.ts";

/** Changes throughput; more than the physical partitions can give splits them, at once. */
export const replaceOffer: Operation = (request) => {
  const offer = offerOf(request);
  const body = objectBody(request);
  if (!isJsonObject(body.content)) throw badRequest("The offer has no 'content'.");
  if (body.offerResourceId !== offer.offerResourceId) {
    throw badRequest("The 'offerResourceId' is not that of this offer.");
  }
  const ownerRid = String(offer.offerResourceId);
  const content = offerContent(body.content);
  const container = containerByRid(request, ownerRid);
  if (container) splitInto(request, container, partitionsFor(content));
  const { catalogue } = request.account.store;
  const { resource } = catalogue.putOffer(ownerRid, String(offer.resource), content);
  return resourceResponse(200, resource);
};

const containerByRid = ({ account }: CosmosRequest, rid: string): Container | undefined => {
  for (const database of account.store.catalogue.databases.values()) {
    const found = account.store.catalogue.findContainer(database, rid);
    if (found) return found;
  }
  return undefined;
};

/** Splits those partitions first that have been split least. */
const splitInto = ({ account }: CosmosRequest, container: Container, wanted: number): void => {
  while (container.partitions.length < wanted) {
    const [widest] = container.partitions.toSorted((a, b) => a.parents.length - b.parents.length);
    if (!widest) return;
    account.store.split(container, widest);
  }
};
