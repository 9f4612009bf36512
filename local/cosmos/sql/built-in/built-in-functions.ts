import { notImplemented } from "../../cosmos-error.ts";
import type { Call } from "../ast.ts";
import { semanticError } from "../syntax-error.ts";
import { ARRAY_FUNCTIONS } from "./arrays.ts";
import { DATE_FUNCTIONS } from "./dates.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import type { ScalarFunction } from "./scalar-function.ts";
import { STRING_CONVERSIONS } from "./string-conversions.ts";
import { STRING_FUNCTIONS } from "./strings.ts";
import { TYPE_CHECKS } from "./type-checks.ts";

/**
 * Finds the built-in function that a call names, whatever its case.
 *
 * errors  501 for a function that the service has and this engine has not, 400 for an unknown one and
 *         for a wrong number of arguments
 */
export const findFunction = ({ name, isUdf, args, position }: Call): ScalarFunction => {
  if (isUdf) throw notImplemented(`user-defined functions (udf.${name})`);
  const upper = name.toUpperCase();
  const found = BUILT_IN.get(upper);
  if (!found) {
    if (KNOWN_ELSEWHERE.some((pattern) => pattern.test(upper))) {
      throw notImplemented(`the SQL function ${name}`);
    }
    throw semanticError(`'${name}' is not a recognized built-in function name.`, position);
  }
  if (args.length < found.minimum || args.length > found.maximum) {
    throw semanticError(`The ${name} function requires ${found.minimum} argument(s).`, position);
  }
  return found;
};

const BUILT_IN: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.entries({
    ...TYPE_CHECKS,
    ...STRING_FUNCTIONS,
    ...STRING_CONVERSIONS,
    ...NUMBER_FUNCTIONS,
    ...ARRAY_FUNCTIONS,
    ...DATE_FUNCTIONS,
  }),
);

/** Functions of the service that this engine does not have; it says so instead of guessing. */
const KNOWN_ELSEWHERE: readonly RegExp[] = [
  /^ST_/,
  /^VECTORDISTANCE$/,
  /^_?FULLTEXT/,
  /^RRF$/,
  /^DOCUMENTID$/,
  /^LASTSUBSTRING/,
  /^GETPARTITIONKEY/,
  /^ARRAY_(AVG|MAX|MEDIAN|MIN|SUM)$/,
];
