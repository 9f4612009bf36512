import {
  createCharge,
  deleteCharge,
  queryCharge,
  readCharge,
  replaceCharge,
  SCRIPT_CHARGE,
  SCRIPT_CREATE_EXTRA,
} from "../charges.ts";
import { badRequest, type CosmosError, notFound, retryWith } from "../cosmos-error.ts";
import type { CosmosRequest, CosmosResponse, Operation } from "../http/exchange.ts";
import { isOn } from "../http/request-headers.ts";
import { applyScriptWrites } from "../scripts/apply-script-writes.ts";
import type { ScriptResult } from "../scripts/run-script.ts";
import { SCRIPT_LIMITS } from "../scripts/script-limits.ts";
import type { Container } from "../store/physical-partition.ts";
import type { StoredItem } from "../store/stored-item.ts";
import { indexedTerms } from "./indexed-terms.ts";
import { type ItemTarget, itemTarget } from "./item-target.ts";
import { storedProcedureOf } from "./read-stored-procedure.ts";
import { jsonBody } from "./request-body.ts";
import { sessionHeaders } from "./session-token.ts";

/**
 * Runs a stored procedure on one partition key and commits what it wrote as one transaction.
 *
 * errors  400 when the script throws, with its number as substatus; 408 when it takes too long; 449
 *         when what it wrote has changed since it read it, or its partition was split or merged.
 *         Nothing of it is then stored: call again after 408 and 449.
 */
export const executeStoredProcedure: Operation = async (request) => {
  const { resource } = storedProcedureOf(request);
  const target = itemTarget(request);
  const { store, scripts, now } = request.account;
  try {
    const result = await scripts.execute({
      script: String(resource.body),
      argumentsText: argumentsText(request),
      isLogging: isOn(request.headers, "x-ms-documentdb-script-enable-logging"),
      container: target.container,
      partition: target.partition,
      pk: target.key.pk,
      firstRid: store.reserveRids(target.container, SCRIPT_LIMITS.writes),
      nowMs: now(),
    });
    return scriptResponse(target.container, result, await commitWrites(request, target, result));
  } catch (error) {
    throw whatHasGone(target) ?? error;
  }
};

/** Whatever the script ran into: what it reads may have gone under it. */
const whatHasGone = ({ container, partition }: ItemTarget): CosmosError | undefined => {
  if (container.partitions.length === 0) return notFound(undefined, OWNER_NOT_FOUND);
  if (container.partitions.includes(partition)) return undefined;
  return retryWith("The partition was split or merged while the script ran: call again.");
};

const argumentsText = (request: CosmosRequest): string => {
  if (request.body.length === 0) return "[]";
  if (Array.isArray(jsonBody(request))) return request.body.toString("utf8");
  throw badRequest("The arguments of a stored procedure must be a JSON array.");
};

type Committed = {
  readonly headers: readonly string[];
  readonly items: readonly (StoredItem | undefined)[];
};

const OWNER_NOT_FOUND = 1003;

const commitWrites = async (
  { account }: CosmosRequest,
  { container, partition, key }: ItemTarget,
  { writes }: ScriptResult,
): Promise<Committed> => {
  if (writes.length === 0) {
    return { headers: sessionHeaders(container, partition, partition.lsn), items: [] };
  }
  return account.store.commit(container, partition, (transaction) => ({
    items: applyScriptWrites(transaction, key, writes),
    headers: sessionHeaders(container, partition, transaction.lsn),
  }));
};

const scriptResponse = (
  container: Container,
  result: ScriptResult,
  { headers, items }: Committed,
): CosmosResponse => {
  const { bodyText, log } = result;
  const logHeader =
    log === undefined
      ? []
      : ["x-ms-documentdb-script-log-results", encodeURIComponent(log.toWellFormed())];
  return {
    status: 200,
    headers: [...headers, ...logHeader],
    body: bodyText,
    chargeRu: scriptCharge(container, result, items),
  };
};

const scriptCharge = (
  container: Container,
  { cost, writes }: ScriptResult,
  items: readonly (StoredItem | undefined)[],
): number => {
  let chargeRu = SCRIPT_CHARGE;
  for (const bytes of cost.reads) chargeRu += readCharge(bytes);
  for (const query of cost.queries) chargeRu += queryCharge(query);
  writes.forEach(({ expect, put }, i) => {
    const bytes = items[i]?.text.length ?? 0;
    const terms = put ? indexedTerms(container, put.body) : 0;
    if (!put) chargeRu += deleteCharge(bytes, terms);
    else if (expect === null) chargeRu += createCharge(bytes, terms) + SCRIPT_CREATE_EXTRA;
    else chargeRu += replaceCharge(bytes, terms);
  });
  return chargeRu;
};
