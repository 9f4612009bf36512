import { badRequest, notImplemented } from "../cosmos-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { CompositeIndex } from "../sql/source.ts";

const ALL_PATHS: JsonObject = { path: "/*" };
const ETAG_PATH: JsonObject = { path: '/"_etag"/?' };
const MIN_COMPOSITE_PATHS = 2;
const MAX_COMPOSITE_PATHS = 8;

/**
 * Completes an indexing policy: consistent, everything included, `_etag` excluded.
 *
 * source  @azure/cosmos tests (functional/container.spec): `_etag` goes behind the client's own paths
 */
export const indexingPolicy = (declared: JsonValue | undefined): JsonObject => {
  if (declared === undefined || declared === null) return completed({});
  if (!isJsonObject(declared)) throw badRequest("The 'indexingPolicy' must be an object.");
  for (const feature of ["vectorIndexes", "fullTextIndexes"]) {
    if (declared[feature] !== undefined) throw notImplemented(`${feature} of indexing policies`);
  }
  return completed(declared);
};

const completed = (declared: JsonObject): JsonObject => {
  const included = pathList(declared, "includedPaths");
  const excluded = pathList(declared, "excludedPaths");
  const hasEtag = excluded.some(({ path }) => path === ETAG_PATH.path);
  const policy: JsonObject = {
    ...declared,
    indexingMode: indexingMode(declared),
    automatic: declared.automatic ?? true,
    includedPaths: included.length === 0 && !excluded.some(isRoot) ? [ALL_PATHS] : included,
    excludedPaths: hasEtag ? excluded : [...excluded, ETAG_PATH],
  };
  compositeIndexesOf(policy);
  return policy;
};

const isRoot = ({ path }: JsonObject): boolean => path === "/*";

const indexingMode = (declared: JsonObject): string => {
  const mode = String(declared.indexingMode ?? "consistent").toLowerCase();
  if (mode === "consistent" || mode === "lazy" || mode === "none") return mode;
  throw badRequest(`The indexing mode "${mode}" is unknown: use consistent or none.`);
};

const pathList = (policy: JsonObject, name: string): readonly JsonObject[] => {
  const list = policy[name] ?? [];
  if (!Array.isArray(list)) throw badRequest(`The indexing policy's '${name}' must be an array.`);
  return list.map((entry: JsonValue) => {
    if (isJsonObject(entry) && isPath(entry.path)) return entry;
    throw badRequest(`Each of '${name}' needs a 'path' that starts with '/' and ends with ? or *.`);
  });
};

const isPath = (path: JsonValue | undefined): boolean =>
  typeof path === "string" && path.startsWith("/") && /[?*]$/.test(path);

/** Lists the composite indexes as the store keeps them; 400 for malformed ones. */
export const compositeIndexesOf = (policy: JsonObject): readonly CompositeIndex[] => {
  const declared = policy.compositeIndexes ?? [];
  if (!Array.isArray(declared)) throw badRequest("'compositeIndexes' must be an array of arrays.");
  return declared.map((paths: JsonValue) => {
    const count = Array.isArray(paths) ? paths.length : 0;
    if (count < MIN_COMPOSITE_PATHS || count > MAX_COMPOSITE_PATHS) {
      throw badRequest("A composite index is an array of 2 to 8 entries with a 'path' each.");
    }
    return { paths: (paths as readonly JsonValue[]).map(compositePath) };
  });
};

const compositePath = (entry: JsonValue): string => {
  const path = isJsonObject(entry) ? entry.path : undefined;
  if (typeof path === "string" && path.startsWith("/") && !/[?*]$/.test(path)) return path;
  throw badRequest("A composite index's 'path' starts with '/' and has no ? or * at its end.");
};
