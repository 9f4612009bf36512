import type * as t from "io-ts";

/**
 * Describes why something could not be decoded: path and expectation, never the value, which may
 * be a secret or two megabytes long.
 *
 * shape   one line for each error, such as "title: expected a text"
 */
export const describeErrors = (errors: t.Errors): readonly string[] =>
  errors.map((error) => {
    const path = error.context.map(({ key }) => key).filter((key) => key !== "");
    const expected = error.context[error.context.length - 1]?.type.name ?? "something else";
    return `${path.length === 0 ? "the whole" : path.join(".")}: expected ${expected}`;
  });
