import type { JsonObject } from "../json.ts";
import { compileQuery } from "./compile-query.ts";
import { parseCondition } from "./parse-query.ts";
import { parameterRow } from "./query.ts";
import { DOCUMENT_SLOT } from "./row.ts";

/**
 * Tells whether a document meets the condition of a patch, such as `FROM c WHERE c.n = 1`.
 *
 * units   now: milliseconds since 1970
 * errors  400 when the condition is not Cosmos DB SQL
 */
export const meetsCondition = (condition: string, document: JsonObject, now: number): boolean => {
  const { compiled, program } = compileQuery(parseCondition(condition));
  const row = parameterRow(program, [], now);
  row.slots[DOCUMENT_SLOT] = document;
  let isMet = false;
  compiled.each(row, () => {
    isMet = true;
  });
  return isMet;
};
