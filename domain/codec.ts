import * as t from "io-ts";

/** Makes the codec of the values that pass a test. The name says what is expected, for errors. */
export const codecOf = <A>(
  expectation: string,
  is: (value: unknown) => value is A,
): t.Type<A, A, unknown> =>
  new t.Type(
    expectation,
    is,
    (value, context) => (is(value) ? t.success(value) : t.failure(value, context)),
    t.identity,
  );

/**
 * Makes the codec of the safe integers from `least` upwards.
 *
 * source  JSON numbers are doubles: from 2^53 on, two different ids can read as the same one
 */
export const integerFrom = (least: number): t.Type<number, number, unknown> =>
  codecOf(
    `an integer, ${least} or more`,
    (value): value is number => Number.isSafeInteger(value) && (value as number) >= least,
  );
