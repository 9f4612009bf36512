import { badRequest } from "../cosmos-error.ts";
import type { JsonValue } from "../json.ts";
import { fixedPaths } from "../partitioning/partition-key.ts";
import type { CompositeIndex, Source, SourceItem } from "../sql/source.ts";
import type { PartitionReader } from "../store/partition-reader.ts";
import type { StoredItem } from "../store/stored-item.ts";
import type { PageRequest, ScriptData, ScriptPage } from "./run-script.ts";
import { runScriptQuery } from "./run-script-query.ts";
import type { ScriptContainer, ScriptItem } from "./write-set.ts";

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
  const fixed = fixedPaths(container.partitionKey, JSON.parse(pk) as JsonValue[]);
  const seen = new Map<number, SourceItem>();
  const source = remembering(reader.source(compositeIndexes, { pk, fixed }), seen);
  const own = (item: StoredItem | undefined): StoredItem | undefined =>
    item?.pk === pk ? item : undefined;
  return {
    read: (id) => reader.read(pk, id),
    readByRid: (rid) => scriptItem(seen.get(rid)) ?? own(reader.readByRid(rid)),
    list: (page) => listItems(source, page),
    query: (text, page) => runScriptQuery({ source, nowMs }, text, page),
  };
};

/** Items that an execution remembers from its queries, as it is likely to write them next. */
const MAX_SEEN = 1_000;

const remembering = (source: Source, seen: Map<number, SourceItem>): Source => {
  function* remember(items: Iterable<SourceItem>): Iterable<SourceItem> {
    for (const item of items) {
      if (seen.size < MAX_SEEN) seen.set(item.rid, item);
      yield item;
    }
  }
  const { byIds } = source;
  return {
    ...source,
    scan: (afterRid) => remember(source.scan(afterRid)),
    seek: (seek) => remember(source.seek(seek)),
    ...(byIds && { byIds: (ids) => [...remember(byIds(ids))] }),
  };
};

const scriptItem = (item: SourceItem | undefined): ScriptItem | undefined => {
  if (!item) return undefined;
  const { rid, text, value } = item;
  return { rid, id: String(value.id), etag: String(value._etag), text };
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
