import { badRequest } from "../cosmos-error.ts";
import type { JsonValue } from "../json.ts";
import type { CompositeIndex, Source } from "../sql/source.ts";
import type { PartitionReader } from "../store/partition-reader.ts";
import type { StoredItem } from "../store/stored-item.ts";
import type { PageRequest, ScriptData, ScriptPage } from "./run-script.ts";
import { runScriptQuery } from "./run-script-query.ts";
import type { ScriptContainer } from "./write-set.ts";

export type LogicalPartition = {
  readonly container: ScriptContainer;
  readonly compositeIndexes: readonly CompositeIndex[];
  readonly pk: string;
  readonly nowMs: number;
};

/** Offers one logical partition of the store to a script. */
export const scriptData = (
  reader: PartitionReader,
  { container, compositeIndexes, pk, nowMs }: LogicalPartition,
): ScriptData => {
  const fixed = fixedPaths(container, JSON.parse(pk) as JsonValue[]);
  const source = reader.source(compositeIndexes, { pk, fixed });
  const own = (item: StoredItem | undefined): StoredItem | undefined =>
    item?.pk === pk ? item : undefined;
  return {
    read: (id) => reader.read(pk, id),
    readByRid: (rid) => own(reader.readByRid(rid)),
    list: (page) => listItems(source, page),
    query: (text, page) => runScriptQuery({ source, nowMs }, text, page),
  };
};

/** Paths that the partition key fixes; a missing value (`{}`) fixes nothing. */
const fixedPaths = (
  { partitionKey }: ScriptContainer,
  components: readonly JsonValue[],
): ReadonlyMap<string, JsonValue> => {
  const fixed = new Map<string, JsonValue>();
  components.forEach((value, i) => {
    const path = partitionKey.paths[i];
    if (path !== undefined && (typeof value !== "object" || value === null)) fixed.set(path, value);
  });
  return fixed;
};

const listItems = (source: Source, { pageSize, continuation }: PageRequest): ScriptPage => {
  const afterRid = Number(continuation);
  if (!Number.isSafeInteger(afterRid)) throw badRequest("Invalid Continuation Token.");
  const rows: string[] = [];
  for (const { rid, text } of source.scan(afterRid)) {
    rows.push(text);
    if (rows.length >= pageSize) return { rows, continuation: String(rid), scanned: 0 };
  }
  return { rows, scanned: 0 };
};
