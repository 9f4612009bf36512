import type { Expression, SelectItem } from "../ast.ts";
import { namedItems } from "../named-items.ts";
import { objectOf } from "./build-expression.ts";

/** The object that a list of projections makes, as one expression. */
export const selectedObject = (items: readonly SelectItem[]): Expression =>
  objectOf(namedItems(items));
