import { CosmosError } from "../cosmos-error.ts";
import type { CosmosResponse } from "../http/exchange.ts";
import type { Container, PhysicalPartition } from "../store/physical-partition.ts";
import type { ItemOutcome } from "./item-command.ts";
import { sessionHeaders } from "./session-token.ts";

/** What became of one operation of a batch. */
export type BatchResult = ItemOutcome | CosmosError;

type Target = { readonly container: Container; readonly partition: PhysicalPartition };

/** Charge of an operation that failed or was not tried, which the service leaves open. */
const REFUSED_CHARGE = 1;

/** An operation that was undone, or not tried, because another one failed. */
export const failedDependency = new CosmosError(
  424,
  "FailedDependency",
  "Another operation of the batch failed.",
);

/** Answers with one result for each operation, in their order: 200 if all succeeded, else 207. */
export const batchResponse = (
  { container, partition }: Target,
  results: readonly BatchResult[],
  minimal: boolean,
): CosmosResponse => {
  const failed = results.some((result) => result instanceof CosmosError);
  let chargeRu = 0;
  let body = "";
  for (const result of results) {
    body += `${body === "" ? "[" : ","}${resultText(result, minimal)}`;
    chargeRu += result instanceof CosmosError ? 0 : result.chargeRu;
  }
  return {
    status: failed ? 207 : 200,
    headers: sessionHeaders(container, partition, partition.lsn),
    body: `${body}]`,
    chargeRu: Math.max(REFUSED_CHARGE, chargeRu),
  };
};

const resultText = (result: BatchResult, minimal: boolean): string => {
  if (result instanceof CosmosError) {
    const { status, substatus, message } = result;
    const details = substatus === 0 ? "" : `"subStatusCode":${substatus},`;
    const body = status === 424 ? "" : `,"resourceBody":${JSON.stringify({ message })}`;
    return `{"statusCode":${status},${details}"requestCharge":${REFUSED_CHARGE}${body}}`;
  }
  const { status, item, chargeRu } = result;
  const head = `{"statusCode":${status},"requestCharge":${Math.round(chargeRu * 100) / 100}`;
  if (!item) return `${head}}`;
  const etag = `,"eTag":${JSON.stringify(item.etag)}`;
  return minimal || status === 304
    ? `${head}${etag}}`
    : `${head}${etag},"resourceBody":${item.text}}`;
};
