import type { JsonValue } from "../json.ts";
import type { Position } from "./syntax-error.ts";

/** What an expression can yield; undefined is a value of its own in Cosmos DB SQL. */
export type Value = JsonValue | undefined;

export type UnaryOperator = "NOT" | "-" | "+" | "~";

export type BinaryOperator =
  | "AND"
  | "OR"
  | "??"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "||"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>"
  | ">>>";

export type Literal = { readonly kind: "literal"; readonly value: Value };

export type Parameter = {
  readonly kind: "parameter";
  readonly name: string;
  readonly position: Position;
};

export type Call = {
  readonly kind: "call";
  readonly name: string;
  readonly isUdf: boolean;
  readonly args: readonly Expression[];
  readonly position: Position;
};

export type Expression =
  | Literal
  | Parameter
  | Call
  | { readonly kind: "identifier"; readonly name: string; readonly position: Position }
  | { readonly kind: "member"; readonly object: Expression; readonly key: Expression }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: "in"; readonly value: Expression; readonly items: readonly Expression[] }
  | {
      readonly kind: "between";
      readonly value: Expression;
      readonly low: Expression;
      readonly high: Expression;
    }
  | {
      readonly kind: "like";
      readonly value: Expression;
      readonly pattern: Expression;
      readonly escape?: string;
    }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly properties: readonly ObjectProperty[] }
  | { readonly kind: "subquery"; readonly form: SubqueryForm; readonly query: Query };

export type SubqueryForm = "scalar" | "exists" | "array";

export type ObjectProperty = { readonly name: string; readonly value: Expression };

export type SelectItem = { readonly expression: Expression; readonly alias?: string };

export type Select =
  | { readonly kind: "star" }
  | { readonly kind: "value"; readonly expression: Expression }
  | { readonly kind: "list"; readonly items: readonly SelectItem[] };

/** One source of FROM: the container, a path, or a subquery; `iterates` for `x IN …`. */
export type FromSource = {
  readonly alias: string | undefined;
  readonly iterates: boolean;
  readonly collection: Expression;
};

export type OrderItem = { readonly expression: Expression; readonly descending: boolean };

export type Query = {
  readonly distinct: boolean;
  readonly top: Expression | undefined;
  readonly select: Select;
  readonly from: readonly FromSource[];
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly offset: Expression | undefined;
  readonly limit: Expression | undefined;
};
