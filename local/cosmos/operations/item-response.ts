import type { CosmosRequest, CosmosResponse } from "../http/exchange.ts";
import { wantsMinimalReturn } from "../http/request-headers.ts";
import type { ItemCommand, ItemOutcome } from "./item-command.ts";
import { performItem } from "./item-command.ts";
import type { ItemTarget } from "./item-target.ts";
import { sessionHeaders } from "./session-token.ts";

/** Commits one operation on one item and answers with its result. */
export const commitItem = async (
  { account, headers }: CosmosRequest,
  { container, partition }: ItemTarget,
  command: ItemCommand,
): Promise<CosmosResponse> => {
  const outcome = await account.store.commit(container, partition, (transaction) =>
    performItem(transaction, container, command),
  );
  return itemResponse({ container, partition }, outcome, wantsMinimalReturn(headers));
};

export const itemResponse = (
  { container, partition }: Pick<ItemTarget, "container" | "partition">,
  { status, item, lsn, chargeRu }: ItemOutcome,
  minimal: boolean,
): CosmosResponse => {
  const headers = sessionHeaders(container, partition, lsn);
  if (!item) return { status, headers, chargeRu };
  headers.push("etag", item.etag, "x-ms-item-lsn", String(item.lsn));
  if (status === 304) return { status, headers, chargeRu };
  return { status, headers, body: minimal ? "" : item.text, chargeRu };
};
