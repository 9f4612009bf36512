import { badRequest } from "../cosmos-error.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { effectivePartitionKey, type PartitionKeyDefinition } from "./effective-partition-key.ts";

/** The partition key of one item: which logical partition, and where in the key space it lies. */
export type LogicalKey = {
  /** Canonical JSON of the components; `[{}]` where the item has no value. */
  readonly pk: string;
  readonly epk: string;
};

const NO_VALUE: JsonObject = {};

/** Makes a logical key of components; keys used lately are remembered, since hashing costs microseconds. */
export const logicalKey = (
  components: readonly JsonValue[],
  definition: PartitionKeyDefinition,
): LogicalKey => {
  const pk = JSON.stringify(components);
  const cacheKey = `${definition.kind}${definition.version}${pk}`;
  const known = recent.get(cacheKey);
  if (known) return known;
  const key = { pk, epk: effectivePartitionKey(components, definition) };
  if (recent.size >= MAX_REMEMBERED_KEYS) recent.clear();
  recent.set(cacheKey, key);
  return key;
};

const MAX_REMEMBERED_KEYS = 20_000;
const recent = new Map<string, LogicalKey>();

/** Reads the components of the key from an item's body. */
export const partitionKeyOf = (
  body: JsonObject,
  definition: PartitionKeyDefinition,
): readonly JsonValue[] => definition.paths.map((path) => keyComponent(valueAt(body, path)));

/** Parses the header `x-ms-documentdb-partitionkey`: a JSON array of the key's components. */
export const parsePartitionKeyHeader = (
  header: string,
  definition: PartitionKeyDefinition,
): readonly JsonValue[] => {
  const components = parseArray(header);
  if (components.length > definition.paths.length) {
    throw badRequest("PartitionKey has more components than defined the collection resource.");
  }
  return components.map(keyComponent);
};

const parseArray = (header: string): readonly JsonValue[] => {
  try {
    const parsed: unknown = JSON.parse(header);
    if (Array.isArray(parsed)) return parsed;
  } catch {}
  throw badRequest(`Partition key ${header} is invalid: expected a JSON array.`);
};

const keyComponent = (value: JsonValue | undefined): JsonValue => {
  if (value === undefined) return NO_VALUE;
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value) && Object.keys(value).length === 0) return NO_VALUE;
  throw badRequest("Partition key values must be a string, number, boolean or null.");
};

/** Paths that a partition key fixes, and to what; a missing value (`{}`) fixes nothing. */
export const fixedPaths = (
  { paths }: PartitionKeyDefinition,
  components: readonly JsonValue[],
): ReadonlyMap<string, JsonValue> => {
  const fixed = new Map<string, JsonValue>();
  components.forEach((value, i) => {
    const path = paths[i];
    if (path !== undefined && (typeof value !== "object" || value === null)) fixed.set(path, value);
  });
  return fixed;
};

/** Follows a path such as `/a/"b c"/d` into a document. */
export const valueAt = (body: JsonObject, path: string): JsonValue | undefined => {
  let value: JsonValue | undefined = body;
  for (const name of pathSegments(path)) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const object = value as JsonObject;
    value = Object.hasOwn(object, name) ? object[name] : undefined;
  }
  return value;
};

const segmentsOfPath = new Map<string, readonly string[]>();

/** Splits `/a/"b c"` into its property names. */
export const pathSegments = (path: string): readonly string[] => {
  const known = segmentsOfPath.get(path);
  if (known) return known;
  const segments = [...path.matchAll(/\/(?:"((?:[^"\\]|\\.)*)"|([^/]+))/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
  if (segmentsOfPath.size < 10_000) segmentsOfPath.set(path, segments);
  return segments;
};
