import type { Query } from "./ast.ts";
import type { Execution, FillPage } from "./execution.ts";
import { fillByDocument } from "./fill-by-document.ts";
import { fillFromOrderedIndex, fillFromWhole } from "./fill-by-row.ts";
import { chooseIndex, type IndexAccess, type OrderPath } from "./planner/choose-index.ts";
import type { ParameterValues } from "./planner/constant.ts";
import type { Constraints } from "./planner/constraint.ts";
import { deriveConstraints } from "./planner/derive-constraints.ts";
import { documentAlias, documentPath } from "./planner/document-path.ts";
import { sourceReader } from "./source-reader.ts";

/** Ids that are looked up one by one before a query had better scan. */
const MAX_IDS = 1_000;

/** Plans how a query reads its sources: by an index in order, by an index, or all of them. */
export const planFill = (
  query: Query,
  execution: Execution,
  parameters: ParameterValues,
): FillPage => {
  const { query: compiled, sources } = execution;
  const constraints = constraintsOf(query, parameters);
  const orderBy = orderPaths(query, execution);
  const needsInsertionOrder = compiled.aggregates.some(({ keepsOrder }) => keepsOrder);
  const accesses = sources.map((source) =>
    needsInsertionOrder ? undefined : chooseIndex(source, { constraints, orderBy }),
  );
  const ordered = accesses.filter((access) => access?.isOrdered === true) as IndexAccess[];
  if (orderBy && ordered.length === sources.length) {
    return fillFromOrderedIndex(ordered.map((access) => comparable(access, sources.length)));
  }
  const ids = idsIn(constraints);
  const readers = sources.map((source, i) => sourceReader(source, accesses[i], ids));
  const isInOrder = compiled.orderBy.length === 0 && !compiled.groupBy && !compiled.distinct;
  return isInOrder ? fillByDocument(readers) : fillFromWhole(readers);
};

/** Across sources only the first key of ORDER BY bounds what follows a row. */
const comparable = (access: IndexAccess, sources: number): IndexAccess =>
  sources === 1 || access.boundedKey === 0 ? access : { ...access, boundedKey: undefined };

const constraintsOf = (query: Query, parameters: ParameterValues): Constraints => {
  const alias = documentAlias(query);
  if (!query.where || alias === undefined) return new Map();
  return deriveConstraints(query.where, { alias, parameters });
};

/** Ids that a query asks for by name; undefined if it may want others, or very many. */
const idsIn = (constraints: Constraints): readonly string[] | undefined => {
  const values = constraints.get("/id")?.values;
  if (!values || values.length > MAX_IDS) return undefined;
  return values.filter((value) => typeof value === "string");
};

/** The keys of ORDER BY as paths; undefined unless an index could give exactly this order. */
const orderPaths = (query: Query, { query: compiled }: Execution): OrderPath[] | undefined => {
  const { orderBy, distinct } = query;
  if (orderBy.length === 0 || distinct || compiled.groupBy || !compiled.isRowPerDocument) {
    return undefined;
  }
  const alias = documentAlias(query);
  const paths: OrderPath[] = [];
  for (const { expression, descending } of orderBy) {
    const path = documentPath(expression, alias);
    if (path === undefined || path === "") return undefined;
    paths.push({ path, descending });
  }
  return paths;
};
