import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { pathSegments, valueAt } from "../partitioning/partition-key.ts";
import type { Container, ContainerResource } from "../store/physical-partition.ts";

/** Decides for a path and what lies below it; a deeper node overrules. */
type PathNode = {
  readonly children: Map<string, PathNode>;
  /** From a path that ends with `?`: the scalar here. */
  scalar?: boolean;
  /** From a path that ends with `*`: everything below. */
  below?: boolean;
};

type Policy = { readonly root: PathNode; readonly composite: readonly (readonly string[])[] };

/**
 * Counts the index entries of a document: indexed scalars, and one for each composite index it is in.
 *
 * source  https://learn.microsoft.com/azure/cosmos-db/index-policy (the more precise path wins)
 */
export const indexedTerms = (container: Container, document: JsonObject): number => {
  const { root, composite } = policyOf(container);
  let terms = countScalars(document, root, false);
  for (const paths of composite) {
    if (paths.every((path) => path === "/_ts" || valueAt(document, path) !== undefined)) terms++;
  }
  return terms + (isIncluded(root, "_ts") ? 1 : 0);
};

const isIncluded = (root: PathNode, name: string): boolean =>
  root.children.get(name)?.scalar ?? root.below ?? false;

const countScalars = (value: JsonValue, node: PathNode | undefined, inherited: boolean): number => {
  if (typeof value !== "object" || value === null) {
    return (node?.scalar ?? inherited) ? 1 : 0;
  }
  const below = node?.below ?? inherited;
  if (!below && (!node || node.children.size === 0)) return 0;
  let terms = 0;
  if (isJsonObject(value)) {
    for (const name in value) {
      if (isSystemProperty(name)) continue;
      terms += countScalars(value[name] as JsonValue, node?.children.get(name), below);
    }
  } else {
    const element = node?.children.get("[]");
    for (const one of value as readonly JsonValue[]) terms += countScalars(one, element, below);
  }
  return terms;
};

const isSystemProperty = (name: string): boolean =>
  name.charCodeAt(0) === 95 && SYSTEM_PROPERTIES.has(name);

const SYSTEM_PROPERTIES = new Set(["_rid", "_self", "_etag", "_attachments", "_ts"]);

const policies = new WeakMap<ContainerResource, Policy>();

const policyOf = ({ resource, compositeIndexes }: Container): Policy => {
  const known = policies.get(resource);
  if (known) return known;
  const declared = resource.indexingPolicy as JsonObject;
  const root: PathNode = { children: new Map() };
  if (declared.indexingMode !== "none") {
    for (const path of pathsOf(declared.excludedPaths)) mark(root, path, false);
    for (const path of pathsOf(declared.includedPaths)) mark(root, path, true);
  }
  const policy = { root, composite: compositeIndexes.map(({ paths }) => paths) };
  policies.set(resource, policy);
  return policy;
};

const pathsOf = (list: JsonValue | undefined): readonly string[] =>
  ((list ?? []) as readonly JsonObject[]).map(({ path }) => String(path));

const mark = (root: PathNode, path: string, included: boolean): void => {
  const segments = pathSegments(path);
  let node = root;
  for (const segment of segments.slice(0, -1)) {
    const child = node.children.get(segment) ?? { children: new Map() };
    node.children.set(segment, child);
    node = child;
  }
  if (segments.at(-1) === "?") node.scalar = included;
  else node.below = included;
};
