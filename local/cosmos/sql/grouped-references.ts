import { isAggregate } from "./aggregates.ts";
import type { Expression, Query } from "./ast.ts";
import { childExpressions } from "./child-expressions.ts";
import { printExpression } from "./print-query.ts";
import { semanticError } from "./syntax-error.ts";

/**
 * Refuses a grouped query that selects what has no single value in a group.
 *
 * errors  400 for a property that is neither a key of GROUP BY nor inside an aggregate, for SELECT *,
 *         and for ORDER BY, which the service does not combine with GROUP BY either
 */
export const requireGrouped = ({ select, groupBy, orderBy }: Query): void => {
  if (select.kind === "star") {
    throw semanticError("'SELECT *' is not valid in a query with GROUP BY or aggregates.");
  }
  if (groupBy.length > 0 && orderBy.length > 0) {
    throw semanticError("'ORDER BY' is not supported in presence of GROUP BY.");
  }
  const keys = new Set(groupBy.map(printExpression));
  const expressions =
    select.kind === "value"
      ? [select.expression]
      : select.items.map(({ expression }) => expression);
  for (const expression of expressions) requireKeys(expression, keys);
};

const requireKeys = (expression: Expression, keys: ReadonlySet<string>): void => {
  if (keys.has(printExpression(expression))) return;
  if (expression.kind === "call" && isAggregate(expression.name)) return;
  if (expression.kind === "identifier" || expression.kind === "member") {
    throw semanticError(
      `Property reference '${printExpression(expression)}' is invalid in the select list because it ` +
        "is not contained in either an aggregate function or the GROUP BY clause.",
    );
  }
  for (const child of childExpressions(expression)) requireKeys(child, keys);
};
