import type { CosmosResponse } from "../http/exchange.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";
import { sessionHeaders, wideSessionHeaders } from "./session-token.ts";

/** Text of one page after which it ends. */
export const PAGE_CHARACTERS = 4 * 1024 * 1024;

export type ItemsPage = {
  readonly container: Container;
  /** The partitions that were read. */
  readonly partitions: readonly PhysicalPartition[];
  /** Each result as JSON. */
  readonly texts: readonly string[];
  readonly continuation: string | undefined;
  readonly chargeRu: number;
  readonly headers?: readonly string[];
};

/** Answers with a page of items or query results, joined as they are. */
export const itemsResponse = (page: ItemsPage): CosmosResponse => {
  const { container, partitions, texts, continuation, chargeRu, headers: more = [] } = page;
  const count = String(texts.length);
  const [partition, ...others] = partitions;
  const session =
    partition && others.length === 0
      ? sessionHeaders(container, partition, partition.lsn)
      : wideSessionHeaders(container, partitions);
  const headers = ["x-ms-item-count", count, ...session, ...more];
  if (continuation !== undefined) headers.push("x-ms-continuation", continuation);
  const body = `{"_rid":"${container.rid}","Documents":[${texts.join(",")}],"_count":${count}}`;
  return { status: 200, headers, body, chargeRu };
};
