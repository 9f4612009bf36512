import type { Value } from "../ast.ts";
import type { Seek, Source } from "../source.ts";
import type { Constraint, Constraints } from "./constraint.ts";
import { policyPath } from "./document-path.ts";

/** One key of ORDER BY that is a path of the document. */
export type OrderPath = { readonly path: string; readonly descending: boolean };

export type IndexAccess = {
  readonly seeks: readonly Seek[];
  /** Each seek yields its documents in the order that was asked for. */
  readonly isOrdered: boolean;
  /** The key of ORDER BY that the bounds of the seeks apply to, if they apply to one. */
  readonly boundedKey: number | undefined;
};

type Wanted = {
  readonly constraints: Constraints;
  /** Undefined when ORDER BY is absent or is not made of paths. */
  readonly orderBy: readonly OrderPath[] | undefined;
};

/** Ranges of one index that a query may read; beyond that it scans. */
const MAX_SEEKS = 16;

/** Paths that the service sets in every document. */
const ALWAYS_DEFINED = new Set(["/id", "/_ts", "/_rid", "/_self", "/_etag"]);

/**
 * Chooses the composite index that narrows a query most, or that gives its order.
 *
 * shape   undefined: no index helps, or none is sure to hold all documents that matter
 */
export const chooseIndex = (source: Source, wanted: Wanted): IndexAccess | undefined => {
  const constraintOf = (path: string): Constraint | undefined => {
    const value = source.fixed.get(path);
    return value === undefined
      ? wanted.constraints.get(path)
      : { values: [value], isDefined: true };
  };
  let best: { readonly access: IndexAccess; readonly score: number } | undefined;
  source.compositeIndexes.forEach(({ paths }, index) => {
    const candidate = accessByIndex(
      { index, paths: paths.map(policyPath), fixed: source.fixed },
      constraintOf,
      wanted.orderBy,
    );
    if (candidate && candidate.score > (best?.score ?? 0)) best = candidate;
  });
  return best?.access;
};

type Candidate = {
  readonly index: number;
  readonly paths: readonly string[];
  readonly fixed: Source["fixed"];
};

const accessByIndex = (
  { index, paths, fixed }: Candidate,
  constraintOf: (path: string) => Constraint | undefined,
  orderBy: readonly OrderPath[] | undefined,
): { access: IndexAccess; score: number } | undefined => {
  const last = paths.at(-1);
  if (last === undefined) return undefined;
  if (!ALWAYS_DEFINED.has(last) && constraintOf(last)?.isDefined !== true) return undefined;

  let prefixes: (readonly Value[])[] = [[]];
  let depth = 0;
  let selective = 0;
  for (const path of paths) {
    const values = constraintOf(path)?.values;
    if (!values || prefixes.length * values.length > MAX_SEEKS) break;
    prefixes = prefixes.flatMap((prefix) => values.map((value) => [...prefix, value]));
    depth += 1;
    if (!fixed.has(path)) selective += 1;
  }

  const next = paths[depth];
  const range = next === undefined ? undefined : constraintOf(next);
  const isBounded = range?.lower !== undefined || range?.upper !== undefined;
  const order = matchOrder(paths, depth, constraintOf, orderBy);
  const score = selective * 2 + (isBounded ? 1 : 0) + (order ? 3 : 0);
  const seeks = prefixes.map(
    (prefix): Seek => ({
      index,
      prefix,
      ...(range?.lower ? { lower: range.lower } : {}),
      ...(range?.upper ? { upper: range.upper } : {}),
      descending: order?.descending ?? false,
    }),
  );
  const access = { seeks, isOrdered: order !== undefined, boundedKey: order?.boundedKey };
  return { access, score };
};

type MatchedOrder = { readonly descending: boolean; readonly boundedKey: number | undefined };

/**
 * Tells whether the documents of one seek come in the order of ORDER BY, ties in that of insertion:
 * its keys are constant in the seek or are the paths behind the prefix, and nothing follows them.
 */
const matchOrder = (
  paths: readonly string[],
  depth: number,
  constraintOf: (path: string) => Constraint | undefined,
  orderBy: readonly OrderPath[] | undefined,
): MatchedOrder | undefined => {
  if (!orderBy) return undefined;
  const isSingle = (path: string): boolean => constraintOf(path)?.values?.length === 1;
  const prefix = new Set(paths.slice(0, depth));
  const varying = orderBy.filter(({ path }) => !isSingle(path) && !prefix.has(path));
  const rest = paths.slice(depth);
  const [first] = varying;
  const matches = varying.every(
    ({ path, descending }, i) => path === rest[i] && descending === first?.descending,
  );
  if (!matches || !rest.slice(varying.length).every(isSingle)) return undefined;
  const firstInAll = orderBy.findIndex(({ path }) => !isSingle(path));
  const isFirstVarying = first !== undefined && orderBy[firstInAll] === first;
  return {
    descending: first?.descending ?? false,
    boundedKey: isFirstVarying ? firstInAll : undefined,
  };
};
