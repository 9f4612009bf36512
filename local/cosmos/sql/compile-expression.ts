import { isAggregate, startAggregate } from "./aggregates.ts";
import type { Call, Expression, Query, SubqueryForm, Value } from "./ast.ts";
import { findFunction } from "./built-in/built-in-functions.ts";
import { likePattern } from "./like-pattern.ts";
import {
  and,
  atLeast,
  atMost,
  BINARY_OPERATORS,
  equals,
  or,
  type StrictOperator,
  UNARY_OPERATORS,
} from "./operators.ts";
import type { Compiled, Row } from "./row.ts";
import type { Scope } from "./scope.ts";
import { semanticError } from "./syntax-error.ts";
import { isArray } from "./value-order.ts";

/** Compiles a query inside another; yields the rows that it has for the outer row. */
export type CompileSubquery = (query: Query, scope: Scope) => (row: Row) => Value[];

export type ExpressionCompiler = (expression: Expression, scope: Scope) => Compiled;

/** Makes the compiler of scalar expressions: each becomes a closure over its parts. */
export const expressionCompiler = (compileSubquery: CompileSubquery): ExpressionCompiler => {
  const compile: ExpressionCompiler = (expression, scope) => {
    switch (expression.kind) {
      case "literal": {
        const { value } = expression;
        return () => value;
      }
      case "parameter": {
        const index = scope.parameter(expression.name);
        return (row) => row.parameters[index];
      }
      case "identifier": {
        const slot = scope.resolve(expression.name, expression.position);
        return (row) => row.slots[slot];
      }
      case "member":
        return member(compile(expression.object, scope), expression.key, (key) =>
          compile(key, scope),
        );
      case "unary": {
        const operation = UNARY_OPERATORS[expression.operator];
        const operand = compile(expression.operand, scope);
        return (row) => operation(operand(row));
      }
      case "binary":
        return binary(expression.operator, compile(expression.left, scope), () =>
          compile(expression.right, scope),
        );
      case "conditional": {
        const condition = compile(expression.condition, scope);
        const whenTrue = compile(expression.whenTrue, scope);
        const whenFalse = compile(expression.whenFalse, scope);
        return (row) => (condition(row) === true ? whenTrue(row) : whenFalse(row));
      }
      case "in":
        return anyOf(
          compile(expression.value, scope),
          expression.items.map((item) => compile(item, scope)),
        );
      case "between": {
        const value = compile(expression.value, scope);
        const low = compile(expression.low, scope);
        const high = compile(expression.high, scope);
        return (row) => {
          const middle = value(row);
          return and(atLeast(middle, low(row)), atMost(middle, high(row)));
        };
      }
      case "like":
        return like(
          compile(expression.value, scope),
          compile(expression.pattern, scope),
          expression.escape,
        );
      case "call":
        return isAggregate(expression.name) && !expression.isUdf
          ? aggregate(expression, scope, compile)
          : call(
              expression,
              expression.args.map((argument) => compile(argument, scope)),
            );
      case "array":
        return arrayOf(expression.items.map((item) => compile(item, scope)));
      case "object":
        return objectOf(
          expression.properties.map(({ name, value }) => [name, compile(value, scope)]),
        );
      case "subquery":
        return subquery(expression.form, compileSubquery(expression.query, scope));
    }
  };
  return compile;
};

/** Builds an object and leaves out what is undefined. */
export const objectOf =
  (properties: readonly (readonly [string, Compiled])[]): Compiled =>
  (row) => {
    const object: Record<string, Value> = {};
    for (const [name, compiled] of properties) {
      const value = compiled(row);
      if (value === undefined) continue;
      if (name === "__proto__") define(object, name, value);
      else object[name] = value;
    }
    return object as Value;
  };

const define = (object: object, name: string, value: Value): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true });
};

const arrayOf =
  (items: readonly Compiled[]): Compiled =>
  (row) =>
    items.map((item) => item(row)).filter((value) => value !== undefined);

const member = (
  object: Compiled,
  key: Expression,
  compile: (key: Expression) => Compiled,
): Compiled => {
  if (key.kind === "literal" && typeof key.value === "string") {
    return property(object, key.value);
  }
  const compiledKey = compile(key);
  return (row) => {
    const owner = object(row);
    const name = compiledKey(row);
    if (typeof owner !== "object" || owner === null) return undefined;
    if (isArray(owner)) return typeof name === "number" ? owner[name] : undefined;
    if (typeof name !== "string" || !Object.hasOwn(owner, name)) return undefined;
    return owner[name];
  };
};

/** A property with a fixed name; only a name that every object inherits needs the slow look. */
const property = (object: Compiled, name: string): Compiled => {
  const isInherited = name in Object.prototype;
  return (row) => {
    const owner = object(row);
    if (typeof owner !== "object" || owner === null || isArray(owner)) return undefined;
    return isInherited && !Object.hasOwn(owner, name) ? undefined : owner[name];
  };
};

const binary = (
  operator: StrictOperator | "AND" | "OR" | "??",
  left: Compiled,
  compileRight: () => Compiled,
): Compiled => {
  const right = compileRight();
  if (operator === "AND") {
    return (row) => {
      const first = left(row);
      return first === false ? false : and(first, right(row));
    };
  }
  if (operator === "OR") {
    return (row) => {
      const first = left(row);
      return first === true ? true : or(first, right(row));
    };
  }
  if (operator === "??") {
    return (row) => {
      const first = left(row);
      return first === undefined ? right(row) : first;
    };
  }
  const operation = BINARY_OPERATORS[operator];
  return (row) => operation(left(row), right(row));
};

/** IN: equal to one of the items; undefined when the value or an item that matters is. */
const anyOf =
  (value: Compiled, items: readonly Compiled[]): Compiled =>
  (row) => {
    const wanted = value(row);
    if (wanted === undefined) return undefined;
    let found: Value = false;
    for (const item of items) {
      found = or(found, equals(wanted, item(row)));
      if (found === true) return true;
    }
    return found;
  };

const like = (
  value: Compiled,
  pattern: Compiled,
  escapeCharacter: string | undefined,
): Compiled => {
  let known: { readonly text: string; readonly expression: RegExp } | undefined;
  return (row) => {
    const [text, wanted] = [value(row), pattern(row)];
    if (typeof text !== "string" || typeof wanted !== "string") return undefined;
    if (known?.text !== wanted)
      known = { text: wanted, expression: likePattern(wanted, escapeCharacter) };
    return known.expression.test(text);
  };
};

const call = (expression: Call, args: readonly Compiled[]): Compiled => {
  const { run } = findFunction(expression);
  const [first, second] = args;
  if (first && args.length === 1) return (row) => run([first(row)], row);
  if (first && second && args.length === 2) return (row) => run([first(row), second(row)], row);
  return (row) =>
    run(
      args.map((argument) => argument(row)),
      row,
    );
};

const aggregate = (
  { name, args, position }: Call,
  scope: Scope,
  compile: ExpressionCompiler,
): Compiled => {
  const { aggregates } = scope;
  const [argument] = args;
  if (!aggregates || !argument || args.length !== 1) {
    const message = aggregates
      ? `The ${name} function requires 1 argument(s).`
      : `The aggregate function ${name} may only stand in the SELECT clause, and not in another.`;
    throw semanticError(message, position);
  }
  const index = aggregates.length;
  aggregates.push({
    start: () => startAggregate(name),
    argument: compile(argument, scope.within(undefined)),
    keepsOrder: /^MAKE/i.test(name),
  });
  return (row) => row.aggregates[index];
};

const subquery = (form: SubqueryForm, rows: (row: Row) => Value[]): Compiled => {
  if (form === "array") return (row) => rows(row).filter((value) => value !== undefined);
  if (form === "exists") return (row) => rows(row).length > 0;
  return (row) => {
    const values = rows(row);
    if (values.length > 1) {
      throw semanticError(
        "The cardinality of a scalar subquery result set cannot be greater than one.",
      );
    }
    return values[0];
  };
};
